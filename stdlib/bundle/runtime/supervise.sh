# shellcheck shell=bash
# Running a program without losing the signals that are meant for it.

CHILD='' TERMINATED='' INTERRUPTED=''

# supervise COMMAND…: runs it, hands SIGTERM on to it, and returns its exit code.
supervise() {
    "$@" &
    await_child "$!"
}

# await_child PID
await_child() {
    local code=127 last
    CHILD=$1
    trap 'TERMINATED=1 INTERRUPTED=1; kill -TERM "$CHILD" 2>/dev/null' TERM
    # A signal ends bash's wait before the child has ended: so wait again.
    while :; do
        INTERRUPTED=''
        # bash would say here that its child was killed; the code says it, too.
        wait "$CHILD" 2>/dev/null
        last=$?
        # 127 is what bash says of a child whose end it has told already.
        if ((last != 127)); then
            code=$last
        fi
        if [ -z "$INTERRUPTED" ]; then
            break
        fi
    done
    trap - TERM
    return "$code"
}

# Whether a SIGTERM came to something supervised.
was_terminated() {
    [ -n "$TERMINATED" ]
}
