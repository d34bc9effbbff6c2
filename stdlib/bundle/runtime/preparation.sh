# shellcheck shell=bash
# A preparation, as the job sees it: what it is doing, and whether every node has done it in time.

declare -A DEADLINE=() TOLD=()
UNFINISHED=()

# deadline NAME SECONDS: so long may a preparation take on all nodes together.
deadline() {
    DEADLINE[$1]=$2
}

# Says what is being done, and blames who takes too long.
look_at_preparations() {
    local step
    for step in "${!DEADLINE[@]}"; do
        if [ -n "$VERDICT" ] || [ -n "${FINISHED[$step]-}" ] || [ -z "${STARTED[$step]-}" ]; then
            continue
        fi
        tell_commands "$step"
        if ((SECONDS - ${STARTED[$step]} > ${DEADLINE[$step]})); then
            look_for_unfinished "$step"
            if ((${#UNFINISHED[@]} > 0)); then
                blame "$step" "${UNFINISHED[0]}" \
                    "$step did not end within ${DEADLINE[$step]} s: not finished on $(unfinished_nodes)"
            fi
        fi
    done
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
