# shellcheck shell=bash
# Running a program without losing the signals that are meant for it.

DISAGGC_CHILD='' DISAGGC_TERMINATED='' DISAGGC_INTERRUPTED=''

# supervise COMMAND…: runs it, hands SIGTERM on to it, and returns its exit code.
supervise() {
    "$@" &
    await_child "$!"
}

# await_child PID
await_child() {
    local code=127 last
    DISAGGC_CHILD=$1
    trap 'DISAGGC_TERMINATED=1 DISAGGC_INTERRUPTED=1; kill -TERM "$DISAGGC_CHILD" 2>/dev/null' TERM
    # A signal ends bash's wait before the child has ended: so wait again.
    while :; do
        DISAGGC_INTERRUPTED=''
        # bash would say here that its child was killed; the code says it, too.
        wait "$DISAGGC_CHILD" 2>/dev/null
        last=$?
        # 127 is what bash says of a child whose end it has told already.
        if ((last != 127)); then
            code=$last
        fi
        if [ -z "$DISAGGC_INTERRUPTED" ]; then
            break
        fi
    done
    trap - TERM
    return "$code"
}

# Whether a SIGTERM came to something supervised.
was_terminated() {
    [ -n "$DISAGGC_TERMINATED" ]
}
