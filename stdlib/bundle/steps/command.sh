#!/bin/bash
# What the launcher of a server of [= role =] runs on rank 0.
set -u
# shellcheck source=runtime/step.sh
. "$DISAGGC_BUNDLE/runtime/step.sh"
# The launcher takes variables away that the role may have set: once more.
# shellcheck source=steps/[= role =].env.sh
. "$DISAGGC_BUNDLE/steps/[= role =].env.sh"
[% if address_variable -%]
record_leading "${[= address_variable =]-}" </dev/null >/dev/null 2>&1 &
[% endif -%]
[% if folder -%]
cd [= folder =] || refuse "$DISAGGC_NODE can't see the folder of the tests"
[% endif -%]
supervise[% for word in command %] \
    [= word =][% endfor %]
# A launcher may not stop its leader after a command that failed, and lose its code: so the code goes
# into the record, and the launcher sees a command that ended well.
record_exit "$?"
exit 0
