# shellcheck shell=bash
# The end of a command whose launcher was killed. Where Slurm follows processes by their parents, it does not
# find the command any more, and that would keep the server's port and the step's output.

# end_with_launcher: waits as long as this script runs. The launcher is the task that Slurm started.
end_with_launcher() {
    while [ "$DISAGGC_TASK" != "$$" ] && kill -0 "$$"; do
        if ! kill -0 "$DISAGGC_TASK"; then
            # The launcher's subshell first: it would go on, and look for a leader that is gone.
            kill -TERM "$PPID" "$$"
            return
        fi
        sleep 1
    done
}
