# shellcheck shell=bash
# A preparation, as the job sees it: what it is doing, and whether every node has done it in time.

declare -A TOLD=()
UNFINISHED=()

# Says what is being done.
look_at_preparations() {
    local step
    for step in "${STEPS[@]}"; do
        if is_part "$step" preparation && [ -z "${FINISHED[$step]-}" ]; then
            tell_commands "$step"
        fi
    done
}

# blame_unfinished STEP: its deadline is over, and so it is for all its nodes together.
blame_unfinished() {
    look_for_unfinished "$1"
    if ((${#UNFINISHED[@]} > 0)); then
        blame "$1" "${UNFINISHED[0]}" \
            "$1 did not end within ${DEADLINE[$1]} s: not finished on $(unfinished_nodes)"
    fi
}

# tell_commands STEP: each command, when the first node has come to it.
tell_commands() {
    while recorded "$1.command.${TOLD[$1]-0}"; do
        say "$1: $REPLY"
        TOLD[$1]=$((${TOLD[$1]-0} + 1))
    done
}

# end_preparation STEP: its srun ended well; so it does where a node was lost. The nodes have the last word,
# which may still be on the way.
end_preparation() {
    local patience
    for ((patience = 0; patience < 25; patience++)); do
        look_for_unfinished "$1"
        ((${#UNFINISHED[@]} > 0)) || break
        sleep 0.2
    done
    tell_commands "$1"
    if ((${#UNFINISHED[@]} > 0)); then
        blame "$1" "${UNFINISHED[0]}" "$1 ended, but not all was done on $(unfinished_nodes)"
        return
    fi
    FINISHED[$1]=1
    record "$1.done" "$SECONDS"
    say "$1 done"
}

look_for_unfinished() {
    local node
    UNFINISHED=()
    while read -r node; do
        recorded "$1.finished.$node" || UNFINISHED+=("$node")
    done <"$DISAGGC_RUN/hosts/$1"
}

# A list for a person: of a whole cluster, the beginning.
unfinished_nodes() {
    local IFS=' ' most=8
    printf '%s' "${UNFINISHED[*]:0:most}"
    if ((${#UNFINISHED[@]} > most)); then
        printf ' and %d more' "$((${#UNFINISHED[@]} - most))"
    fi
}
