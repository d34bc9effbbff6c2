#!/bin/bash
# What [= role =] does: one process that makes the requests. Arguments: the step's name, its
# DISAGG_SERVING_TYPE, whom it asks (host and port), how many requests at a time, and how many in all.
set -u
# shellcheck source=runtime/step.sh
. "$DISAGG_BUNDLE/runtime/step.sh"

begin_step "$1" "$2" ''
export DISAGG_TARGET_HOST=$3 DISAGG_TARGET_PORT=$4 DISAGG_CONCURRENCY=$5 DISAGG_REQUESTS=$6
export DISAGG_RESULTS=$DISAGG_RUN/results/$DISAGG_STEP
mkdir -p "$DISAGG_RESULTS"
refuse_mpi
[% if clear -%]
unset[% for variables in clear %] [= variables =][% endfor %]
[% endif -%]
# shellcheck source=steps/[= role =].env.sh
. "$DISAGG_BUNDLE/steps/[= role =].env.sh"
supervise[% for word in wrapper %] [= word =][% endfor %][% for word in command %] \
    [= word =][% endfor %] || finish "$?"
[% if reducer -%]
# What was measured, as key=value lines.
supervise[% for word in reducer %] [= word =][% endfor %] >"$DISAGG_RESULTS/metrics" || finish "$?"
[% endif -%]
finish 0
