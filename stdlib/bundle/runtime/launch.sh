# shellcheck shell=bash
# The steps, and how they are started. Each has a watcher that outlives its srun.

STEPS=()
declare -A PART=() HOST=() ROLE=() AFTER=() MAY_END=() STARTED=() WATCHER=()

# step NAME PART HOST ROLE: HOST is where its first rank runs.
step() {
    STEPS+=("$1")
    PART[$1]=$2
    HOST[$1]=$3
    ROLE[$1]=$4
    AFTER[$1]=''
}

# ends_itself NAME: it ends well by itself when the client has done its work.
ends_itself() {
    MAY_END[$1]=1
}

may_end() {
    [ -n "${MAY_END[$1]-}" ]
}

# is_part NAME PART: worker, coordinator, service, client or preparation.
is_part() {
    [ "${PART[$1]}" = "$2" ]
}

# role_of STEP
role_of() {
    printf '%s' "${ROLE[$1]}"
}

# after NAME OTHER.STATE: NAME starts only when OTHER has reached the state.
after() {
    AFTER[$1]+="$2 "
}

# Starts what has nothing more to wait for.
launch_steps() {
    local step
    for step in "${STEPS[@]}"; do
        if [ -z "${STARTED[$step]-}" ] && may_start "$step"; then
            STARTED[$step]=$SECONDS
            record "$step.started" "$SECONDS"
            say "$step starts on $(place_of "$step")"
            watch_step "$step" &
            WATCHER[$step]=$!
            probe "$step"
        fi
    done
}

# place_of STEP: where it starts, for a person.
place_of() {
    local nodes
    if is_part "$1" preparation; then
        mapfile -t nodes <"$DISAGGC_RUN/hosts/$1"
        printf '%d node%s, once on each' "${#nodes[@]}" "$([ "${#nodes[@]}" -eq 1 ] || printf s)"
    else
        printf '%s' "${HOST[$1]}"
    fi
}

may_start() {
    local edge edges
    read -ra edges <<<"${AFTER[$1]}"
    for edge in ${edges[@]+"${edges[@]}"}; do
        recorded "$edge" || return 1
    done
}

is_running() {
    [ -n "${WATCHER[$1]-}" ] && ! recorded "$1.ended" && kill -0 "${WATCHER[$1]}" 2>/dev/null
}

# The records name srun's process, and its code and the time.
watch_step() {
    start_step "$1" </dev/null 2>"$DISAGGC_RUN/log/$1.srun" &
    record "$1.pid" "$!"
    await_child "$!"
    record "$1.ended" "$? $SECONDS"
}
