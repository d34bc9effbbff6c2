# shellcheck shell=bash
# What the bundle leaves open until the nodes' names are known.

# name_hosts NODE…: the hostfiles for srun; the bundle's have indices in their place.
name_hosts() {
    local names=("$@") step index
    for step in "${STEPS[@]}"; do
        while read -r index; do
            printf '%s\n' "${names[index]}"
        done <"$DISAGGC_BUNDLE/hostfiles/$step" >"$DISAGGC_RUN/hosts/$step"
    done
}

# fill_config NAME VALUE…
fill_config() {
    # The command substitution takes off the last line break; the last %s puts it back.
    printf "$(<"$DISAGGC_BUNDLE/config/$1.yaml.printf")%s" "${@:2}" $'\n' >"$DISAGGC_RUN/config/$1.yaml"
}
