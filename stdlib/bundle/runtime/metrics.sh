# shellcheck shell=bash
# What a client measured: the key=value lines that its reducer printed.

declare -A METRICS=()
METRIC_KEYS=()

# read_metrics STEP: into METRICS, their order into METRIC_KEYS. What is no number is no metric.
read_metrics() {
    local line key value file=$DISAGGC_RUN/results/$1/metrics
    local number='^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?$'
    METRICS=() METRIC_KEYS=()
    [ -r "$file" ] || return 0
    while read -r line || [ -n "$line" ]; do
        key=${line%%=*} value=${line#*=}
        if [[ $key =~ ^[a-z0-9_]+$ && $value =~ $number && -z ${METRICS[$key]-} ]]; then
            METRICS[$key]=$value
            METRIC_KEYS+=("$key")
        fi
    done <"$file"
}

# What was read last, for a person.
metrics_line() {
    local key value line=''
    for key in ${METRIC_KEYS[@]+"${METRIC_KEYS[@]}"}; do
        value=${METRICS[$key]}
        case $value in
            0.* | -0.*) LC_ALL=C printf -v value '%.4f' "$value" ;;
            *[!0-9]*) LC_ALL=C printf -v value '%.1f' "$value" ;;
        esac
        line+="${line:+, }$key $value"
    done
    printf '%s' "${line:-nothing was measured}"
}

declare -A MAY_FAIL=()

# may_fail NAME COUNT: so many of its requests may fail.
may_fail() {
    MAY_FAIL[$1]=$2
}

# has_too_many_failed STEP
has_too_many_failed() {
    local failed=${METRICS[failed]-0}
    # Clients count in whole numbers.
    failed=${failed%%[.eE]*}
    ((failed > ${MAY_FAIL[$1]-0}))
}

# Whether the client counted tokens, and there were none.
has_no_output() {
    local tokens=${METRICS[output_tokens]-1}
    [[ $tokens == -* || ${tokens%%[eE]*} != *[1-9]* ]]
}
