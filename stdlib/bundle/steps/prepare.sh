#!/bin/bash
# What [= role =] does once on each node, before anything else starts. Arguments: the step's name and its
# DISAGG_SERVING_TYPE.
set -u
# shellcheck source=runtime/step.sh
. "$DISAGGC_BUNDLE/runtime/step.sh"
# shellcheck source=runtime/commands.sh
. "$DISAGGC_BUNDLE/runtime/commands.sh"

begin_step "$1" "$2" ''
# Each node has a log of its own.
exec >"$DISAGGC_RUN/log/$DISAGGC_STEP-$DISAGGC_NODE.log" 2>&1
[% include "parts/alone.sh" -%]
[% for command in commands -%]
perform [= command.number =] [= command.text =][% for word in command.words %] \
    [= word =][% endfor %]
[% endfor -%]
finish_node
