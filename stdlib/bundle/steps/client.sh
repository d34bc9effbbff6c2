#!/bin/bash
# What [= role =] does: one process that makes the requests. Arguments: the step's name, its
# DISAGG_SERVING_TYPE[% if load %], whom it asks (host and port), and, where the plan decides it, how
# many requests at a time and in all[% endif %].
set -u
# shellcheck source=runtime/step.sh
. "$DISAGGC_BUNDLE/runtime/step.sh"

begin_step "$1" "$2" 0
[% if load -%]
export DISAGGC_TARGET_HOST=$3 DISAGGC_TARGET_PORT=$4 DISAGGC_CONCURRENCY=${5-} DISAGGC_REQUESTS=${6-}
[% endif -%]
export DISAGGC_RESULTS=$DISAGGC_RUN/results/$DISAGGC_STEP
mkdir -p "$DISAGGC_RESULTS"
[% include "parts/alone.sh" -%]
[% if folder -%]
cd [= folder =] || refuse "$DISAGGC_NODE can't see the folder of the tests"
[% endif -%]
supervise[% for word in wrapper %] [= word =][% endfor %][% for word in command %] \
    [= word =][% endfor %] || finish "$?"
[% if reducer -%]
# What was measured, as key=value lines.
supervise[% for word in reducer %] [= word =][% endfor %] >"$DISAGGC_RESULTS/metrics" || finish "$?"
[% endif -%]
finish 0
