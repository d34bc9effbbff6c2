# shellcheck shell=bash
# Running a program without losing the signals that are meant for it.

DISAGG_CHILD='' DISAGG_TERMINATED='' DISAGG_INTERRUPTED=''

# supervise COMMAND…: runs it, hands SIGTERM on to it, and returns its exit code.
supervise() {
    "$@" &
    await_child "$!"
}

# await_child PID
await_child() {
    local code=127 last
    DISAGG_CHILD=$1
    trap 'DISAGG_TERMINATED=1 DISAGG_INTERRUPTED=1; kill -TERM "$DISAGG_CHILD" 2>/dev/null' TERM
    # A signal ends bash's wait before the child has ended: so wait again.
    while :; do
        DISAGG_INTERRUPTED=''
        # bash would say here that its child was killed; the code says it, too.
        wait "$DISAGG_CHILD" 2>/dev/null
        last=$?
        # 127 is what bash says of a child whose end it has told already.
        if ((last != 127)); then
            code=$last
        fi
        if [ -z "$DISAGG_INTERRUPTED" ]; then
            break
        fi
    done
    trap - TERM
    return "$code"
}

# Whether a SIGTERM came to something supervised.
was_terminated() {
    [ -n "$DISAGG_TERMINATED" ]
}
