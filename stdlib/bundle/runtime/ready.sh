# shellcheck shell=bash
# When a server is ready: when it answers exactly 200.

declare -A READY_WITHIN=() READY_URL=() READY=() PROBER=()

# ready NAME SECONDS URL
ready() {
    READY_WITHIN[$1]=$2
    READY_URL[$1]=$3
}

# probe STEP: asks in the background until the answer is there.
probe() {
    if [ -n "${READY_URL[$1]-}" ]; then
        await_answer "$1" "${READY_URL[$1]}" &
        PROBER[$1]=$!
    fi
}

await_answer() {
    # bash looks at a trap when curl has ended, so that nothing is left behind.
    trap 'exit' TERM
    until [ "$(curl --silent --noproxy '*' --max-time 5 --output /dev/null --write-out '%{http_code}' "$2")" = 200 ]; do
        sleep 0.5
    done
    record "$1.ready" "$SECONDS"
}

stop_probes() {
    local step
    for step in "${!PROBER[@]}"; do
        kill -TERM "${PROBER[$step]}" 2>/dev/null
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
        elif ((SECONDS - ${STARTED[$step]} > ${READY_WITHIN[$step]})); then
            blame "$step" "${HOST[$step]}" \
                "$step was not ready within ${READY_WITHIN[$step]} s: ${READY_URL[$step]} never answered 200"
            return
        fi
    done
}
