#!/bin/bash
# A rank of the test's job. Arguments: the step's name and its program.
export DISAGGC_STEP=$1 DISAGGC_PROCID=$SLURM_PROCID DISAGGC_NODE=$SLURMD_NODENAME DISAGGC_TASK=$$
printf '%s\n' "$SLURM_STEP_ID" >"state/$1.id"
"${@:2}" &
wait "$!"
printf '%s\n' "$?" >"state/$1.code"
