# shellcheck shell=bash
# result.json: the verdict, its cause, and what each step did when. Times are seconds since the job's start.

# write_result TOPOLOGY MODE PLAN
write_result() {
    local draft=$DISAGGC_RUN/result.json.draft
    # The C locale is for this shell only.
    (
        LC_ALL=C
        print_result "$@"
    ) >"$draft" && mv -- "$draft" "$DISAGGC_RUN/result.json"
}

print_result() {
    local step separator=''
    printf '{\n  "schema": 2,\n  "topology": %s,\n  "mode": %s,\n  "job": %s,\n' \
        "$(json "$1")" "$(json "$2")" "$(json "$SLURM_JOB_ID")"
    printf '  "plan": "%s",\n  "began": %s,\n' "$3" "$BEGAN"
    printf '  "verdict": "%s",\n  "cause": ' "$VERDICT"
    print_cause
    printf ',\n  "seconds": %s,\n  "steps": [' "$SECONDS"
    for step in "${STEPS[@]}"; do
        printf '%s\n    ' "$separator"
        print_step "$step"
        separator=,
    done
    printf '\n  ]\n}\n'
}

print_step() {
    local code=null ended=null key separator=''
    if recorded "$1.ended"; then
        read -r code ended <<<"$REPLY"
    fi
    # The program's own code, where the launcher or srun has another one.
    if recorded "$1.exit"; then
        code=${REPLY%% *}
    fi
    printf '{"name": "%s", "role": "%s", "part": "%s", "node": %s, ' \
        "$1" "$(role_of "$1")" "${PART[$1]}" "$(json "${HOST[$1]}")"
    printf '"started": %s, "ready": %s, "ended": %s, "code": %s' \
        "${STARTED[$1]-null}" "${READY[$1]-null}" "$ended" "$code"
    if is_part "$1" client; then
        read_metrics "$1"
        printf ', "metrics": {'
        for key in ${METRIC_KEYS[@]+"${METRIC_KEYS[@]}"}; do
            printf '%s"%s": %s' "$separator" "$key" "${METRICS[$key]}"
            separator=', '
        done
        printf '}'
    fi
    printf '}'
}

json_or_null() {
    if [ -n "$1" ]; then
        json "$1"
    else
        printf 'null'
    fi
}
