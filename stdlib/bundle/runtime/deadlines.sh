# shellcheck shell=bash
# Steps that must end by a time of their own: preparations, and clients that have a limit.

declare -A DEADLINE=()

# deadline NAME SECONDS
deadline() {
    DEADLINE[$1]=$2
}

# Blames who takes too long.
look_at_deadlines() {
    local step
    for step in "${!DEADLINE[@]}"; do
        if [ -n "$VERDICT" ] || [ -n "${FINISHED[$step]-}" ] || [ -z "${STARTED[$step]-}" ]; then
            continue
        fi
        if ((SECONDS - ${STARTED[$step]} <= ${DEADLINE[$step]})); then
            continue
        fi
        if is_part "$step" preparation; then
            blame_unfinished "$step"
        elif ! is_consequence "$step"; then
            blame "$step" "${HOST[$step]}" "$step did not end within ${DEADLINE[$step]} s"
        fi
    done
}
