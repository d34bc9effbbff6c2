# shellcheck shell=bash
# The ports of a node: whether somebody listens there.

# need_free PORT COUNT: so many ports from PORT on must be nobody's before the program takes them.
need_free() {
    local port
    for ((port = $1; port < $1 + $2; port++)); do
        if is_bound "$port"; then
            refuse "port $port of $DISAGGC_NODE, which the plan gives to $DISAGGC_STEP, is taken: another job or a service of the node listens there; end it, or give the cluster other \`ports\`"
        fi
    done
}

# is_bound PORT: whether something on this node listens there. Asking the port itself would disturb it.
is_bound() {
    local hexadecimal file local_address state
    printf -v hexadecimal '%04X' "$1"
    for file in /proc/net/tcp /proc/net/tcp6; do
        [ -r "$file" ] || continue
        while read -r _ local_address _ state _; do
            # 0A is LISTEN.
            if [ "$state" = 0A ] && [ "${local_address##*:}" = "$hexadecimal" ]; then
                return 0
            fi
        done <"$file"
    done
    return 1
}
