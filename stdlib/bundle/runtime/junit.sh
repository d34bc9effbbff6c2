# shellcheck shell=bash
# junit.xml: one case for the servers' start, one for each client.

# write_junit TOPOLOGY
write_junit() {
    local draft=$DISAGGC_RUN/junit.xml.draft
    # The C locale is for this shell only.
    (
        LC_ALL=C
        print_junit "$1"
    ) >"$draft" && mv -- "$draft" "$DISAGGC_RUN/junit.xml"
}

print_junit() {
    local step cases='' tests=0 failures=0 skipped=0 outcome time name
    name=$(xml "$1")
    for step in bring-up "${STEPS[@]}"; do
        if [ "$step" != bring-up ] && ! is_part "$step" client; then
            continue
        fi
        tests=$((tests + 1))
        outcome=$(case_outcome "$step") time=$(case_time "$step")
        case $outcome in
            *'<failure '*) failures=$((failures + 1)) ;;
            *'<skipped'*) skipped=$((skipped + 1)) ;;
        esac
        cases+="  <testcase classname=\"$name\" name=\"$step\" time=\"$time\">$outcome</testcase>"$'\n'
    done
    printf '<?xml version="1.0" encoding="UTF-8"?>\n'
    printf '<testsuite name="%s" tests="%d" failures="%d" errors="0" skipped="%d" time="%d">\n%s</testsuite>\n' \
        "$name" "$tests" "$failures" "$skipped" "$SECONDS" "$cases"
}

# What ended the job is the failure of the client that was running, or else of the start.
case_outcome() {
    if [ "$1" = "$(failed_case)" ]; then
        # The first line is the headline of a list, the whole what one sees behind it.
        printf '<failure type="%s" message="%s">%s</failure>' \
            "$VERDICT" "$(xml "$VERDICT: ${CAUSE_MESSAGE%%$'\n'*}")" "$(xml_text "$CAUSE_MESSAGE")"
    elif [ "$1" != bring-up ] && [ -z "${FINISHED[$1]-}" ]; then
        printf '<skipped/>'
    fi
}

failed_case() {
    local step
    if [ "$VERDICT" = passed ]; then
        return
    fi
    for step in "${STEPS[@]}"; do
        if is_part "$step" client && [ -n "${STARTED[$step]-}" ] && [ -z "${FINISHED[$step]-}" ]; then
            printf '%s' "$step"
            return
        fi
    done
    printf 'bring-up'
}

case_time() {
    local step last=0
    if [ "$1" != bring-up ]; then
        if [ -n "${STARTED[$1]-}" ] && recorded "$1.ended"; then
            last=$((${REPLY##* } - ${STARTED[$1]}))
        fi
    else
        for step in "${!READY[@]}"; do
            if ((${READY[$step]} > last)); then
                last=${READY[$step]}
            fi
        done
    fi
    printf '%d' "$last"
}
