# shellcheck shell=bash
# The main loop: starts what may start, and sees what ends, until there is a verdict.

VERDICT=''
declare -A FINISHED=()

watch_steps() {
    while [ -z "$VERDICT" ]; do
        look_at_folder
        look_at_preparations
        look_at_slurm
        look_for_exits
        look_for_ends
        look_for_ready
        look_for_lost
        look_at_deadlines
        if [ -z "$VERDICT" ] && all_clients_done; then
            VERDICT=passed
            record job.verdict "$VERDICT $SECONDS"
        fi
        if [ -z "$VERDICT" ]; then
            launch_steps
            sleep 0.2
        fi
    done
}

# A program that ended of its own accord is a cause; what srun says about other steps then is a consequence.
# So these records are read first.
look_for_exits() {
    local step code node why
    for step in "${STEPS[@]}"; do
        if [ -n "$VERDICT" ] || [ -n "${FINISHED[$step]-}" ] || ! recorded "$step.exit"; then
            continue
        fi
        read -r code node why <<<"$REPLY"
        # Somebody else ended that one: srun will tell why.
        if [ "$why" = terminated ]; then
            continue
        fi
        if ((code == 0)) && { is_part "$step" client || may_end "$step"; }; then
            continue
        fi
        if ! is_consequence "$step"; then
            blame_exit "$step" "$node" "$code"
        fi
    done
}

look_for_ends() {
    local step code
    for step in "${STEPS[@]}"; do
        if [ -n "$VERDICT" ] || [ -n "${FINISHED[$step]-}" ] || ! has_ended "$step"; then
            continue
        fi
        code=${REPLY%% *}
        if is_part "$step" client && ((code == 0)) && recorded "$step.exit"; then
            end_client "$step"
        elif ((code == 0)) && may_end "$step" && ended_well "$step"; then
            FINISHED[$step]=1
            say "$step ended"
        elif is_part "$step" preparation && ((code == 0)); then
            end_preparation "$step"
        elif ! is_consequence "$step"; then
            blame_end "$step" "$code"
        fi
    done
}

# has_ended STEP: into REPLY, what its watcher recorded. One that could not has no room to write.
has_ended() {
    if recorded "$1.ended"; then
        return 0
    fi
    if [ -n "${WATCHER[$1]-}" ] && ! kill -0 "${WATCHER[$1]}" 2>/dev/null && ! recorded "$1.ended"; then
        end_by_folder
    fi
    recorded "$1.ended"
}

# is_consequence STEP: whoever talks to a worker fails when it dies, often before Slurm has seen that. So who
# is no worker gets the blame only if no worker falls within the next seconds, and all still answer. A
# preparation and a service talk to nobody.
is_consequence() {
    local step patience
    if is_part "$1" worker || is_part "$1" preparation || is_part "$1" service; then
        return 1
    fi
    for ((patience = 0; patience < 15; patience++)); do
        for step in "${STEPS[@]}"; do
            if is_part "$step" worker && [ -z "${FINISHED[$step]-}" ] && fell "$step"; then
                return 0
            fi
        done
        sleep 0.2
    done
    # A coordinator may lose patience with a server in the very moment in which that one's time is over.
    for step in "${STEPS[@]}"; do
        if is_part "$step" worker && is_overdue "$step"; then
            blame_overdue "$step"
            return 0
        fi
    done
    find_silent
    for step in ${SILENT[@]+"${SILENT[@]}"}; do
        if [ "$step" != "$1" ] && { is_part "$step" worker || is_part "$step" service; }; then
            blame_lost "$step" "$ANSWER_WITHIN"
            return 0
        fi
    done
    return 1
}

# fell STEP: whether a worker ended as it should not.
fell() {
    if recorded "$1.exit"; then
        ! { may_end "$1" && ended_well "$1"; }
    else
        recorded "$1.ended"
    fi
}

# ended_well STEP: its program's own record says so.
ended_well() {
    recorded "$1.exit" && [ "${REPLY%% *}" = 0 ]
}

# end_client STEP: it ended well; what it measured has the last word.
end_client() {
    read_metrics "$1"
    if has_no_output; then
        blame "$1" "${HOST[$1]}" "$1 ended well but no token was generated (output_tokens=0)"
        return
    fi
    if has_too_many_failed "$1"; then
        if ! is_consequence "$1"; then
            blame "$1" "${HOST[$1]}" \
                "${METRICS[failed]} of ${METRICS[requests]-its} requests of $1 failed, ${MAY_FAIL[$1]-0} may"
        fi
        return
    fi
    FINISHED[$1]=1
    record "$1.done" "$SECONDS"
    say "$1 done: $(metrics_line)"
}

all_clients_done() {
    local step clients=0
    for step in "${STEPS[@]}"; do
        if is_part "$step" client; then
            clients=$((clients + 1))
            [ -n "${FINISHED[$step]-}" ] || return 1
        fi
    done
    # Without a client the servers run until somebody cancels the job.
    ((clients > 0))
}
