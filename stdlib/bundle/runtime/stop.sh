# shellcheck shell=bash
# The end of all steps: asked first, then made. Nothing is left behind.

# Seconds for an orderly end.
GRACE=20

stop_steps() {
    local step index since=$SECONDS
    for ((index = ${#STEPS[@]} - 1; index >= 0; index--)); do
        ask_to_stop "${STEPS[index]}"
    done
    while ((SECONDS - since < GRACE)) && is_any_running; do
        sleep 0.2
    done
    for step in "${!WATCHER[@]}"; do
        # srun kills its tasks when it is terminated.
        is_running "$step" && kill -TERM "${WATCHER[$step]}" 2>/dev/null
        await_end "${WATCHER[$step]}"
    done
    for step in "${!PROBER[@]}"; do
        kill -TERM "${PROBER[$step]}" 2>/dev/null
        await_end "${PROBER[$step]}"
    done
}

# A step that has not come as far as its first script can only be killed.
ask_to_stop() {
    is_running "$1" || return
    if recorded "$1.id"; then
        scancel --signal=TERM "$SLURM_JOB_ID.$REPLY" 2>/dev/null
    else
        kill -TERM "${WATCHER[$1]}" 2>/dev/null
    fi
}

is_running() {
    [ -n "${WATCHER[$1]-}" ] && ! recorded "$1.ended" && kill -0 "${WATCHER[$1]}" 2>/dev/null
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
