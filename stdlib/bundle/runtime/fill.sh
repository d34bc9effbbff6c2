# shellcheck shell=bash
# What the bundle leaves open until the nodes' names are known.

# name_hosts NODE…: the hostfiles for srun; the bundle's have indices in their place.
name_hosts() {
    local names=("$@") step index
    for step in "${STEPS[@]}"; do
        while read -r index; do
            printf '%s\n' "${names[index]}"
        done <"$DISAGG_BUNDLE/hostfiles/$step" >"$DISAGG_RUN/hosts/$step"
    done
}

# fill_config NAME VALUE…
fill_config() {
    # The command substitution takes off the last line break; the last %s puts it back.
    printf "$(<"$DISAGG_BUNDLE/config/$1.yaml.printf")%s" "${@:2}" $'\n' >"$DISAGG_RUN/config/$1.yaml"
}
