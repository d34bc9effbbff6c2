# shellcheck shell=bash
# What the scripts in steps/ have in common. Names of the step's own are in DISAGGC_… variables: the role's
# environment, which comes later, can't change them by accident.

# shellcheck source=runtime/records.sh
. "$DISAGGC_BUNDLE/runtime/records.sh"
# shellcheck source=runtime/supervise.sh
. "$DISAGGC_BUNDLE/runtime/supervise.sh"
# shellcheck source=runtime/finish.sh
. "$DISAGGC_BUNDLE/runtime/finish.sh"
# shellcheck source=runtime/mpi.sh
. "$DISAGGC_BUNDLE/runtime/mpi.sh"
# shellcheck source=runtime/gpus.sh
. "$DISAGGC_BUNDLE/runtime/gpus.sh"
# shellcheck source=runtime/ports.sh
. "$DISAGGC_BUNDLE/runtime/ports.sh"
# shellcheck source=runtime/guard.sh
. "$DISAGGC_BUNDLE/runtime/guard.sh"
# shellcheck source=runtime/leading.sh
. "$DISAGGC_BUNDLE/runtime/leading.sh"

# The names of the job's nodes, in its order.
DISAGGC_NODES=()
if [ -r "$DISAGGC_RUN/nodes" ]; then
    mapfile -t DISAGGC_NODES <"$DISAGGC_RUN/nodes"
fi

# begin_step NAME SERVING-TYPE PORT
begin_step() {
    export DISAGGC_STEP=$1 DISAGG_SERVING_TYPE=$2 DISAGGC_PORT=$3
    export DISAGGC_TASK=$$ DISAGGC_PROCID=$SLURM_PROCID DISAGGC_NODE=$SLURMD_NODENAME
    DISAGGC_HOST=$(hostname)
    export DISAGGC_HOST
    if ((DISAGGC_PROCID == 0)); then
        record "$DISAGGC_STEP.id" "$SLURM_STEP_ID"
    fi
    guard_group </dev/null >/dev/null 2>&1 &
    if ((${#DISAGGC_NODES[@]} == 0)) || ! cd "$DISAGGC_RUN"; then
        refuse "$DISAGGC_NODE can't see the run folder $DISAGGC_RUN"
    fi
}
