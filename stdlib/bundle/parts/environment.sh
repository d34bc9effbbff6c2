[% if exports -%]
# shellcheck source=steps/exports.sh
. "$DISAGGC_BUNDLE/steps/exports.sh"
[% endif -%]
# shellcheck source=steps/[= role =].env.sh
. "$DISAGGC_BUNDLE/steps/[= role =].env.sh"
