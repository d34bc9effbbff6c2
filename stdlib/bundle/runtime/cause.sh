# shellcheck shell=bash
# Why the job failed: the step, the node, and a message for a person.

CAUSE_STEP='' CAUSE_ROLE='' CAUSE_NODE='' CAUSE_MESSAGE=''

# end_with VERDICT MESSAGE: an end that no step is to blame for.
end_with() {
    VERDICT=$1 CAUSE_STEP='' CAUSE_ROLE='' CAUSE_NODE='' CAUSE_MESSAGE=$2
    record job.verdict "$VERDICT $SECONDS"
}

# blame STEP NODE MESSAGE: the first failure is the verdict.
blame() {
    give_verdict failed "$@"
}

# give_verdict VERDICT STEP NODE MESSAGE
give_verdict() {
    if [ -z "$VERDICT" ] && ! is_ended_by_slurm; then
        VERDICT=$1 CAUSE_STEP=$2 CAUSE_ROLE=$(role_of "$2") CAUSE_NODE=$3 CAUSE_MESSAGE=$4
        if slurm_says "$2" oom-kill || slurm_says "$2" oom_kill || slurm_says "$2" 'Out Of Memory'; then
            CAUSE_MESSAGE+='; it ran out of memory'
        fi
        last_words "$2" "$3"
        record job.verdict "$VERDICT $SECONDS"
    fi
}

# blame_exit STEP NODE CODE: a program ended; its log may still be on the way.
blame_exit() {
    local patience message
    for ((patience = 0; patience < 15; patience++)); do
        if recorded "$1.ended"; then
            break
        fi
        sleep 0.2
    done
    message="$1 $(ended "$1") on $2 with $(how "$3")"
    if recorded "$1.failed.$2"; then
        message+=": $REPLY"
    fi
    blame "$1" "$2" "$message"
}

# blame_end STEP CODE: srun ended. Which rank was the first, and where, srun says itself:
# "srun: error: NODE: task N: Exited with exit code C".
blame_end() {
    local line node=${HOST[$1]} reason
    reason="srun ended with $(how "$2")"
    if slurm_says "$1" ' CANCELLED AT '; then
        reason+=', because somebody cancelled the step'
    fi
    while read -r line; do
        if [[ $line =~ ^srun:\ error:\ ([^ :]+):\ (tasks?\ .*) ]]; then
            node=${BASH_REMATCH[1]} reason=${BASH_REMATCH[2]}
            break
        fi
    done <"$DISAGGC_RUN/log/$1.srun"
    blame "$1" "$node" "$1 $(ended "$1") on $node: $reason"
}

# The cause as a value of JSON.
print_cause() {
    if [ "$VERDICT" = passed ]; then
        printf 'null'
    else
        printf '{"step": %s, "role": %s, "node": %s, "message": %s}' "$(json_or_null "$CAUSE_STEP")" \
            "$(json_or_null "$CAUSE_ROLE")" "$(json_or_null "$CAUSE_NODE")" "$(json "$CAUSE_MESSAGE")"
    fi
}

# ended STEP: a server that ends, however it does, ends too early.
ended() {
    if is_part "$1" client || is_part "$1" preparation; then
        printf 'failed'
    else
        printf 'ended early'
    fi
}

# how CODE: an exit code for a person.
how() {
    if (($1 > 128)); then
        printf 'code %d (signal %d)' "$1" "$(($1 - 128))"
    else
        printf 'code %d' "$1"
    fi
}

# last_words STEP NODE: adds to the message what the step's log says about it, its node's own if it has one,
# or else srun.
last_words() {
    local file
    for file in "$DISAGGC_RUN/log/$1-$2.log" "$DISAGGC_RUN/log/$1.log" "$DISAGGC_RUN/log/$1.srun"; do
        if [ -s "$file" ]; then
            telling_lines "$file"
            return
        fi
    done
}

# The last lines that speak of an error, or just the last ones.
telling_lines() {
    local line lines errors=() others=() found
    local -A seen=()
    mapfile -t lines < <(tail -c 100000 -- "$1" | tail -n 500)
    for line in ${lines[@]+"${lines[@]}"}; do
        # Ranks of one server say the same.
        if [ -n "${seen[.$line]-}" ]; then
            continue
        fi
        seen[.$line]=1
        case $line in
            *'[ERROR]'* | *'[E]'* | slurmstepd*' error: pyxis: '*) errors+=("$line") ;;
            slurmstepd*) ;;
            *[!\ ]*) others+=("$line") ;;
        esac
    done
    if ((${#errors[@]} == 0)); then
        for line in ${others[@]+"${others[@]}"}; do
            case $line in
                *[Ee]rror* | *ERROR*) errors+=("$line") ;;
            esac
        done
    fi
    found=(${errors[@]+"${errors[@]}"})
    if ((${#found[@]} == 0)); then
        found=(${others[@]+"${others[@]}"})
    fi
    if ((${#found[@]} > 3)); then
        found=("${found[@]: -3}")
    fi
    for line in ${found[@]+"${found[@]}"}; do
        CAUSE_MESSAGE+=$'\n'${line:0:400}
    done
}
