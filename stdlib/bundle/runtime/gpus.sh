# shellcheck shell=bash
# Which GPUs a server sees on a node.

# choose_gpus gpu|node NODE=POSITIONS…: one argument a node, in rank order. The server has a rank for each
# GPU, or for each node; all ranks of a node see all of the server's GPUs there.
choose_gpus() {
    local share positions ranks first=0
    export DISAGGC_LEADER=${2%%=*}
    for share in "${@:2}"; do
        IFS=, read -ra positions <<<"${share#*=}"
        ranks=${#positions[@]}
        if [ "$1" = node ]; then
            ranks=1
        fi
        if [ "${share%%=*}" = "$DISAGGC_NODE" ]; then
            if ((DISAGGC_PROCID < first || DISAGGC_PROCID >= first + ranks)); then
                refuse "rank $DISAGGC_PROCID of $DISAGGC_STEP runs on $DISAGGC_NODE, where the plan has the ranks $first to $((first + ranks - 1)): is hosts/$DISAGGC_STEP in rank order?"
            fi
            show_gpus "${positions[@]}"
            return
        fi
        first=$((first + ranks))
    done
    refuse "rank $DISAGGC_PROCID of $DISAGGC_STEP runs on $DISAGGC_NODE, where the plan has none of its ranks"
}

# show_gpus POSITION…: they count in what the step was given, or in all GPUs where nobody said anything.
show_gpus() {
    local position inherited chosen=() IFS=,
    if [ -z "${CUDA_VISIBLE_DEVICES+set}" ]; then
        export CUDA_VISIBLE_DEVICES="$*"
        return
    fi
    read -ra inherited <<<"$CUDA_VISIBLE_DEVICES"
    for position; do
        if ((position >= ${#inherited[@]})); then
            refuse "$DISAGGC_STEP needs $((position + 1)) GPUs on $DISAGGC_NODE, but Slurm shows it ${#inherited[@]}: CUDA_VISIBLE_DEVICES=$CUDA_VISIBLE_DEVICES"
        fi
        chosen+=("${inherited[position]}")
    done
    export CUDA_VISIBLE_DEVICES="${chosen[*]}"
}
