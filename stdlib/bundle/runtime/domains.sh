# shellcheck shell=bash
# Which of the job's nodes share an NVLink domain. Slurm knows where its topology has blocks.

# One entry a host with a block: its block's name.
declare -A BLOCKS=()
# The hosts in the order of the plan's nodes.
declare -a MAPPED=()

# read_blocks: from Slurm's topology.
read_blocks() {
    local line word block hosts host
    while read -r line; do
        block='' hosts=''
        for word in $line; do
            case $word in
                BlockName=*) block=${word#*=} ;;
                Nodes=*) hosts=${word#*=} ;;
            esac
        done
        if [ "$block" ] && [ "$hosts" ]; then
            while read -r host; do
                BLOCKS[$host]=$block
            done < <(scontrol show hostnames "$hosts")
        fi
    done < <(scontrol show topology 2>/dev/null)
}

# domain FIRST NODES STEP…: the plan's nodes from FIRST on are for steps that must not leave their domain. Takes the first
# hosts of `nodes` that are left in one block.
domain() {
    local first=$1 count=$2 steps=${*:3} host block found='' taken=0 left=()
    local -A room=()
    for host in "${nodes[@]}"; do
        block=${BLOCKS[$host]-}
        room[x$block]=$((${room[x$block]-0} + 1))
        if [ -z "$found" ] && ((${room[x$block]} == count)); then
            found=x$block
        fi
    done
    if [ -z "$found" ]; then
        local blocks=''
        for block in "${!room[@]}"; do
            blocks+=", ${room[$block]} in ${block#x}"
            if [ "$block" = x ]; then
                blocks+='no block'
            fi
        done
        refuse "$steps must be inside one NVLink domain of $count nodes, but of the job's nodes that are left there are${blocks#,}"
    fi
    for host in "${nodes[@]}"; do
        if ((taken < count)) && [ "x${BLOCKS[$host]-}" = "$found" ]; then
            MAPPED[first + taken]=$host
            taken=$((taken + 1))
        else
            left+=("$host")
        fi
    done
    nodes=("${left[@]+"${left[@]}"}")
}

# end_domains: `nodes` are all of them again, in the plan's order.
end_domains() {
    local index total=$((${#MAPPED[@]} + ${#nodes[@]})) next=0
    for ((index = 0; index < total; index++)); do
        if [ -z "${MAPPED[index]-}" ]; then
            MAPPED[index]=${nodes[next]}
            next=$((next + 1))
        fi
    done
    # An array's positions may have been filled in any order.
    nodes=()
    for ((index = 0; index < total; index++)); do
        nodes[index]=${MAPPED[index]}
    done
    MAPPED=()
}
