# shellcheck shell=bash
# What the scripts in steps/ have in common. Names of the step's own are in DISAGG_… variables: the role's
# environment, which comes later, can't change them by accident.

# shellcheck source=runtime/records.sh
. "$DISAGG_BUNDLE/runtime/records.sh"
# shellcheck source=runtime/supervise.sh
. "$DISAGG_BUNDLE/runtime/supervise.sh"
# shellcheck source=runtime/finish.sh
. "$DISAGG_BUNDLE/runtime/finish.sh"
# shellcheck source=runtime/mpi.sh
. "$DISAGG_BUNDLE/runtime/mpi.sh"
# shellcheck source=runtime/gpus.sh
. "$DISAGG_BUNDLE/runtime/gpus.sh"
# shellcheck source=runtime/orphan.sh
. "$DISAGG_BUNDLE/runtime/orphan.sh"
# shellcheck source=runtime/leading.sh
. "$DISAGG_BUNDLE/runtime/leading.sh"

# begin_step NAME SERVING-TYPE PORT
begin_step() {
    export DISAGG_STEP=$1 DISAGG_SERVING_TYPE=$2 DISAGG_PORT=$3
    export DISAGG_TASK=$$ DISAGG_STEP_RANK=$SLURM_PROCID DISAGG_NODE=$SLURMD_NODENAME
    DISAGG_HOST=$(hostname)
    export DISAGG_HOST
    if ((DISAGG_STEP_RANK == 0)); then
        record "$DISAGG_STEP.id" "$SLURM_STEP_ID"
    fi
    cd "$DISAGG_RUN" || refuse "$DISAGG_NODE can't see the run folder $DISAGG_RUN"
}

# node_name INDEX: the job's n-th node.
node_name() {
    local names
    mapfile -t names <"$DISAGG_RUN/nodes"
    printf '%s\n' "${names[$1]}"
}
