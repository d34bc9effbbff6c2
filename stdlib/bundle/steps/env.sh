# shellcheck shell=bash
# The environment of [= role =].
[% for variable in variables -%]
[% if variable.value -%]
export [= variable.name =]=[= variable.value =]
[% else -%]
unset [= variable.name =]
[% endif -%]
[% endfor -%]
