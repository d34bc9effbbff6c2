# shellcheck shell=bash
# The end of what a task leaves behind. Where Slurm follows processes by their parents, it does not find a program
# any more whose launcher or script was killed: that one would keep its port, and the step's output.

# guard_group: waits until this task is gone, then ends its process group, asked first. Slurm makes the first task
# of each node the leader of one, with all the step's programs there.
guard_group() {
    local group
    read -r _ _ _ _ group _ <"/proc/$DISAGGC_TASK/stat"
    if [ "$group" != "$DISAGGC_TASK" ]; then
        return
    fi
    trap '' TERM
    while kill -0 "$DISAGGC_TASK"; do
        sleep 1
    done
    sleep 2
    kill -TERM -- "-$group"
    sleep 2
    kill -KILL -- "-$group"
}
