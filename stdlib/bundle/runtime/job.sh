# shellcheck shell=bash
# The job's own work, from the first step to the verdict. Tables that several of these files use have names
# in capitals; each is keyed by a step's name.

# shellcheck source=runtime/records.sh
. "$DISAGGC_BUNDLE/runtime/records.sh"
# shellcheck source=runtime/supervise.sh
. "$DISAGGC_BUNDLE/runtime/supervise.sh"
# shellcheck source=runtime/fill.sh
. "$DISAGGC_BUNDLE/runtime/fill.sh"
# shellcheck source=runtime/launch.sh
. "$DISAGGC_BUNDLE/runtime/launch.sh"
# shellcheck source=runtime/ready.sh
. "$DISAGGC_BUNDLE/runtime/ready.sh"
# shellcheck source=runtime/preparation.sh
. "$DISAGGC_BUNDLE/runtime/preparation.sh"
# shellcheck source=runtime/deadlines.sh
. "$DISAGGC_BUNDLE/runtime/deadlines.sh"
# shellcheck source=runtime/folder.sh
. "$DISAGGC_BUNDLE/runtime/folder.sh"
# shellcheck source=runtime/slurm.sh
. "$DISAGGC_BUNDLE/runtime/slurm.sh"
# shellcheck source=runtime/cause.sh
. "$DISAGGC_BUNDLE/runtime/cause.sh"
# shellcheck source=runtime/watch.sh
. "$DISAGGC_BUNDLE/runtime/watch.sh"
# shellcheck source=runtime/cancel.sh
. "$DISAGGC_BUNDLE/runtime/cancel.sh"
# shellcheck source=runtime/stop.sh
. "$DISAGGC_BUNDLE/runtime/stop.sh"
# shellcheck source=runtime/text.sh
. "$DISAGGC_BUNDLE/runtime/text.sh"
# shellcheck source=runtime/metrics.sh
. "$DISAGGC_BUNDLE/runtime/metrics.sh"
# shellcheck source=runtime/result.sh
. "$DISAGGC_BUNDLE/runtime/result.sh"
# shellcheck source=runtime/junit.sh
. "$DISAGGC_BUNDLE/runtime/junit.sh"

# say MESSAGE: a line of progress on the job's output.
say() {
    printf '[%4d s] %s\n' "$SECONDS" "$1"
}

# run_job TOPOLOGY MODE PLAN: PLAN is the digest of plan.json. The job's exit code is its verdict's.
run_job() {
    SECONDS=0
    VERDICT=''
    printf -v BEGAN '%(%s)T' -1
    trap end_by_slurm TERM INT
    trap end_by_time USR1
    record job.began "$BEGAN $SLURM_JOB_ID"
    keep_reserve
    say "run folder: $DISAGGC_RUN"
    watch_steps
    if [ "$VERDICT" = passed ]; then
        say 'passed'
    else
        say "$VERDICT: $CAUSE_MESSAGE"
    fi
    free_reserve
    # Once more when all have stopped; this one is for the case that Slurm's patience ends before.
    write_result "$@"
    stop_steps
    write_result "$@"
    write_junit "$1"
    record job.over "$SECONDS"
    say 'all steps have ended'
    [ "$VERDICT" = passed ]
    exit
}

