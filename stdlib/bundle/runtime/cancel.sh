# shellcheck shell=bash
# The end that comes from outside: scancel, or the time limit. Slurm signals the steps and this script at
# once, so a step's end may be seen before the signal.

# The signal that Slurm sends a while before the time limit.
end_by_time() {
    if [ -z "$VERDICT" ]; then
        end_with timeout 'the job is about to reach its time limit'
    fi
}

# The script was signalled.
end_by_slurm() {
    if [ -z "$VERDICT" ]; then
        end_with cancelled 'the job was cancelled'
        is_ended_by_slurm
    fi
}

# Whether Slurm is about to end the job: then that is the verdict, whatever ended first.
is_ended_by_slurm() {
    local line
    while read -r line; do
        case $line in
            JobState=RUNNING*) return 1 ;;
            JobState=*NODE_FAIL* | JobState=*NodeDown*)
                end_with infrastructure 'Slurm says that a node of the job failed'
                return 0
                ;;
            JobState=*PENDING* | JobState=*REQUEUE*)
                end_with cancelled 'the job was requeued: it starts again in a run folder of its own'
                return 0
                ;;
            JobState=*TimeLimit* | JobState=TIMEOUT*)
                end_with timeout 'the job reached its time limit'
                return 0
                ;;
            JobState=*)
                end_with cancelled 'the job was cancelled'
                return 0
                ;;
        esac
    done < <(scontrol show job "$SLURM_JOB_ID" 2>/dev/null)
    return 1
}
