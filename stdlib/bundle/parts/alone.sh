refuse_mpi
[% if clear -%]
unset[% for variables in clear %] [= variables =][% endfor %]
[% endif -%]
[% include "parts/environment.sh" -%]
