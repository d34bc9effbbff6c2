#!/bin/bash
# What [= role =] does: one process that others ask. Arguments: the step's name, its
# DISAGG_SERVING_TYPE and its port.
set -u
# shellcheck source=runtime/step.sh
. "$DISAGGC_BUNDLE/runtime/step.sh"

begin_step "$1" "$2" "$3"
[% include "parts/ports.sh" -%]
[% include "parts/alone.sh" -%]
[% if folder -%]
cd [= folder =] || refuse "$DISAGGC_NODE can't see the folder of the tests"
[% endif -%]
supervise[% for word in wrapper %] [= word =][% endfor %][% for word in command %] \
    [= word =][% endfor %]
finish "$?"
