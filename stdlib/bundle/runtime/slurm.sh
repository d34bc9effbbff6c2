# shellcheck shell=bash
# What Slurm itself says about a step, on its srun's error output. An srun can go on, or end with 0, after it lost
# a node: so its words count.

# Ends the job when Slurm lost a node.
look_at_slurm() {
    local step line
    for step in "${STEPS[@]}"; do
        if [ -n "$VERDICT" ]; then
            return
        fi
        [ -s "$DISAGGC_RUN/log/$step.srun" ] || continue
        while read -r line; do
            case $line in
                *'Node failure on '*) blame_slurm "$step" "${line##*Node failure on }" "$line" ;;
                *'DUE TO NODE FAILURE'*) blame_slurm "$step" "${HOST[$step]}" "$line" ;;
            esac
        done <"$DISAGGC_RUN/log/$step.srun"
    done
}

# blame_slurm STEP NODE LINE
blame_slurm() {
    give_verdict infrastructure "$1" "${2%%[!a-zA-Z0-9._-]*}" "Slurm lost a node of $1: $3"
}

# slurm_says STEP TEXT: whether that stands in what Slurm wrote about the step, there or in its log.
slurm_says() {
    local file line
    for file in "$DISAGGC_RUN/log/$1.srun" "$DISAGGC_RUN/log/$1.log"; do
        [ -s "$file" ] || continue
        while read -r line; do
            case $line in
                *error:*"$2"*) return 0 ;;
            esac
        done < <(tail -c 20000 -- "$file")
    done
    return 1
}
