# shellcheck shell=bash
# When a server is ready: when it answers exactly 200, and the coordinator when a request gets through it. From
# then on it has to go on answering.

declare -A READY_WITHIN=() LOST_AFTER=() READY_URL=() READY=() PROBER=()
declare -A REQUEST_URL=() REQUEST_BODY=()

# Seconds that a server has for one answer, and between two questions.
ANSWER_WITHIN=5
PAUSE=5

# ready NAME SECONDS LOST URL: it must answer within SECONDS, and counts as lost when it did not for LOST.
ready() {
    READY_WITHIN[$1]=$2
    LOST_AFTER[$1]=$3
    READY_URL[$1]=$4
}

# request NAME URL BODY: what must get through it before it counts as ready.
request() {
    REQUEST_URL[$1]=$2
    REQUEST_BODY[$1]=$3
}

# probe STEP: asks in the background.
probe() {
    if [ -n "${READY_URL[$1]-}" ]; then
        await_answers "$1" &
        PROBER[$1]=$!
    fi
}

# await_answers STEP: until it is ready, then until it answers no more.
await_answers() {
    local answered
    # bash looks at a trap when curl has ended, so that nothing is left behind.
    trap 'exit' TERM
    until answers "${READY_URL[$1]}"; do
        sleep 0.5
    done
    if [ -n "${REQUEST_URL[$1]-}" ]; then
        until gets_through "$1"; do
            sleep 1
        done
    fi
    answered=$SECONDS
    record "$1.ready" "$answered"
    while ((SECONDS - answered < ${LOST_AFTER[$1]})); do
        pause
        if answers "${READY_URL[$1]}"; then
            answered=$SECONDS
        fi
    done
    record "$1.lost" "$answered"
}

# In steps of a second: a signal is looked at in between.
pause() {
    local second
    for ((second = 0; second < PAUSE; second++)); do
        sleep 1
    done
}

# answers URL: whether it answers exactly 200.
answers() {
    [ "$(curl --silent --noproxy '*' --max-time "$ANSWER_WITHIN" --output /dev/null --write-out '%{http_code}' "$1")" = 200 ]
}

# gets_through STEP: whether its request is answered with 200; what else came is kept for the cause.
gets_through() {
    local answer=$DISAGGC_RUN/state/$1.answer code
    code=$(curl --silent --noproxy '*' --max-time "${READY_WITHIN[$1]}" --output "$answer" --write-out '%{http_code}' \
        --header 'Content-Type: application/json' --data-raw "${REQUEST_BODY[$1]}" "${REQUEST_URL[$1]}")
    if [ "$code" = 200 ]; then
        rm -f -- "$answer"
        return 0
    fi
    printf '%s' "$code" >"$answer.code"
    return 1
}

stop_probes() {
    local step
    for step in "${!PROBER[@]}"; do
        kill -TERM "${PROBER[$step]}" 2>/dev/null
    done
    for step in "${!PROBER[@]}"; do
        await_end "${PROBER[$step]}"
    done
}

# Notes who has become ready, and blames who has not in time.
look_for_ready() {
    local step
    for step in "${STEPS[@]}"; do
        if [ -z "${READY_URL[$step]-}" ] || [ -z "${STARTED[$step]-}" ] || [ -n "${READY[$step]-}" ]; then
            continue
        fi
        if recorded "$step.ready"; then
            READY[$step]=$REPLY
            say "$step ready (${#READY[@]} of ${#READY_URL[@]} servers)"
        elif is_overdue "$step"; then
            blame_overdue "$step"
            return
        fi
    done
}

# is_overdue STEP: whether it should have been ready by now.
is_overdue() {
    [ -n "${READY_URL[$1]-}" ] && [ -n "${STARTED[$1]-}" ] && [ -z "${READY[$1]-}" ] && ! recorded "$1.ready" &&
        ((SECONDS - ${STARTED[$1]} > ${READY_WITHIN[$1]}))
}

blame_overdue() {
    blame "$1" "${HOST[$1]}" "$1 was not ready within ${READY_WITHIN[$1]} s: $(unready "$1")"
}

# unready STEP: why it is not.
unready() {
    local answer=$DISAGGC_RUN/state/$1.answer code='' text=''
    if [ -r "$answer.code" ]; then
        read -r code <"$answer.code"
        [ ! -r "$answer" ] || read -rn 300 text <"$answer"
        printf '%s answered 200, but no request got through it: %s answered %s %s' \
            "${READY_URL[$1]}" "${REQUEST_URL[$1]}" "$code" "$text"
    else
        printf '%s never answered 200' "${READY_URL[$1]}"
    fi
}

# Blames a server that was ready and answers no more: it hangs, or nothing reaches its node.
look_for_lost() {
    local step
    for step in "${!READY[@]}"; do
        if [ -z "$VERDICT" ] && [ -z "${FINISHED[$step]-}" ] && recorded "$step.lost"; then
            blame_lost "$step" "$((SECONDS - REPLY))"
        fi
    done
}

# blame_lost STEP SECONDS
blame_lost() {
    blame "$1" "${HOST[$1]}" \
        "$1 on ${HOST[$1]} has not answered for $2 s: ${READY_URL[$1]}; it hangs, or nothing reaches its node"
}

# find_silent: asks all servers that were ready once more, at the same time; into SILENT, who does not answer.
SILENT=()
find_silent() {
    local step asked=()
    SILENT=()
    for step in "${STEPS[@]}"; do
        if [ -n "${READY[$step]-}" ] && [ -z "${FINISHED[$step]-}" ]; then
            answers "${READY_URL[$step]}" &
            asked+=("$step:$!")
        fi
    done
    for step in ${asked[@]+"${asked[@]}"}; do
        wait "${step#*:}" || SILENT+=("${step%%:*}")
    done
}
