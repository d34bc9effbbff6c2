# shellcheck shell=bash
# Commands that a node runs one after the other.

# perform NUMBER TEXT WORD…: the first that fails ends the step here, and Slurm then ends it everywhere. TEXT
# is the command for a person.
perform() {
    local code
    record "$DISAGGC_STEP.command.$1" "$2"
    printf '+ %s\n' "$2"
    supervise "${@:3}"
    code=$?
    if ((code != 0)); then
        record "$DISAGGC_STEP.failed.$DISAGGC_NODE" "$2"
        finish "$code"
    fi
}

# finish_node: all is done here. There is no record of an exit: others may still fail.
finish_node() {
    record "$DISAGGC_STEP.finished.$DISAGGC_NODE" "$SECONDS"
    exit 0
}
