#!/bin/bash
#SBATCH --nodes=2 --exclusive --mem=0 --no-requeue --no-kill
# A job with the records and variables of a bundle's, and nothing else: the body of a test follows.
set -u
bundle=${SLURM_SUBMIT_DIR%/submission}/bundle
run=$SLURM_SUBMIT_DIR/tiny-$SLURM_JOB_ID
((${SLURM_RESTART_COUNT:-0} == 0)) || run+=-r$SLURM_RESTART_COUNT
mkdir -p "$run/state" && cd "$run" || exit 1

# begin STEP NODE COMMAND…
begin() {
    srun --overlap --mem=0 --nodes=1 --ntasks=1 --nodelist="node$2" --output="$1.log" \
        bash "$bundle/steps/step.sh" "$1" "${@:3}" </dev/null 2>"$1.srun" &
}

# await COMMAND…: until it succeeds.
await() {
    until "$@"; do sleep 0.1; done
}

# reaches NODE: whether its slurmd takes connections.
reaches() {
    timeout 2 bash -c "</dev/tcp/node$1/6818" 2>/dev/null
}

cannot_reach() {
    ! reaches "$1"
}

exists() {
    [ -e "$1" ]
}

pass() {
    printf '{"verdict": "passed", "cause": null}\n' >result.json
    exit 0
}
