# shellcheck shell=bash
# How a step's script ends.

# record_exit CODE: what the program ended with, where, and whether it had been asked to.
record_exit() {
    local why=by-itself
    if was_terminated; then
        why=terminated
    fi
    record "$DISAGGC_STEP.exit" "$1 $DISAGGC_NODE $why"
}

# finish CODE
finish() {
    record_exit "$1"
    exit "$1"
}

# refuse MESSAGE: the program can't be started like this.
refuse() {
    printf '[ERROR] %s\n' "$1" >&2
    finish 1
}
