# shellcheck shell=bash
# For the engine's own scripts and tests: what runs where, and the command of each role, to be evaluated.
[% for export in exports -%]
[% if export.expression -%]
[= export.name =]=[= export.value =]
export [= export.name =]
[% else -%]
export [= export.name =]=[= export.value =]
[% endif -%]
[% endfor -%]
