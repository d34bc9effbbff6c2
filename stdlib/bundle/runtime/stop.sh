# shellcheck shell=bash
# The end of all steps: asked first, then made. Nothing is left behind.

# Seconds for an orderly end: servers may have something to save, but not after a failure. And until a step that
# does not listen is asked again: a signal that comes while Slurm still starts its ranks does not reach them all.
GRACE=20
GRACE_AFTER_FAILURE=3
AGAIN=3
SRUN_ENDS=5

declare -A ASKED=() JOB_OF=()

# component NAME INDEX: which part of a heterogeneous job has the step's nodes. Slurm knows the step as that part's.
component() {
    local job=SLURM_JOB_ID_HET_GROUP_$2
    JOB_OF[$1]=${!job}
}

stop_steps() {
    local step since=$SECONDS grace=$GRACE
    if [ "$VERDICT" != passed ]; then
        grace=$GRACE_AFTER_FAILURE
    fi
    while ((SECONDS - since < grace)) && is_any_running; do
        ask_all_to_stop
        sleep 0.2
    done
    # srun kills its tasks when it is terminated; of a node that it can't reach it waits for a minute.
    signal_sruns TERM
    since=$SECONDS
    while ((SECONDS - since < SRUN_ENDS)) && is_any_running; do
        sleep 0.2
    done
    signal_sruns KILL
    for step in "${!WATCHER[@]}"; do
        await_end "${WATCHER[$step]}"
    done
    stop_probes
}

# signal_sruns SIGNAL: to those that still run.
signal_sruns() {
    local step
    for step in "${!WATCHER[@]}"; do
        if is_running "$step" && recorded "$step.pid"; then
            kill -s "$1" "$REPLY" 2>/dev/null
        fi
    done
}

# The client first, the workers last. A step is known to Slurm's commands once its script runs.
ask_all_to_stop() {
    local step index
    for ((index = ${#STEPS[@]} - 1; index >= 0; index--)); do
        step=${STEPS[index]}
        if [ -n "${ASKED[$step]-}" ] && ((SECONDS < ${ASKED[$step]} + AGAIN)); then
            continue
        fi
        if is_running "$step" && recorded "$step.id"; then
            ASKED[$step]=$SECONDS
            # In the background: it waits for a node that is gone.
            scancel --signal=TERM "${JOB_OF[$step]:-$SLURM_JOB_ID}.$REPLY" 2>/dev/null &
        fi
    done
}

is_any_running() {
    local step
    for step in "${STEPS[@]}"; do
        is_running "$step" && return 0
    done
    return 1
}

# A signal ends bash's wait early.
await_end() {
    while kill -0 "$1" 2>/dev/null; do
        wait "$1"
    done
}
