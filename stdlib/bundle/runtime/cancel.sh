# shellcheck shell=bash
# The end that comes from outside: scancel, or the time limit. Slurm signals the steps and this script at
# once, so a step's end may be seen before the signal.

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
