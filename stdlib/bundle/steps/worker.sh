#!/bin/bash
# What each process of a server of [= role =] does. Arguments: the step's name, its DISAGG_SERVING_TYPE, its
# port, and NODE=POSITIONS for each of its nodes in rank order: which of the node's GPUs are its own.
set -u
# shellcheck source=runtime/step.sh
. "$DISAGGC_BUNDLE/runtime/step.sh"

begin_step "$1" "$2" "$3"
choose_gpus [= processes =] "${@:4}"
[% if processes == "node" -%]
[% include "parts/ports.sh" -%]
[% else -%]
if ((DISAGGC_PROCID == 0)); then
    [% include "parts/ports.sh" -%]
fi
[% endif -%]
[% if launcher -%]
need_mpi
[% include "parts/environment.sh" -%]
# The launcher splits and globs its command: this path, by the run folder's link, is one plain word.
exec[% for word in wrapper %] [= word =][% endfor %] [= launcher =] steps/[= role =].command.sh
[% else -%]
[% include "parts/alone.sh" -%]
[% if folder -%]
cd [= folder =] || refuse "$DISAGGC_NODE can't see the folder of the tests"
[% endif -%]
[% if follower -%]
if ((DISAGGC_PROCID > 0)); then
    supervise[% for word in wrapper %] [= word =][% endfor %][% for word in follower %] \
        [= word =][% endfor %]
    finish "$?"
fi
[% endif -%]
supervise[% for word in wrapper %] [= word =][% endfor %][% for word in command %] \
    [= word =][% endfor %]
finish "$?"
[% endif -%]
