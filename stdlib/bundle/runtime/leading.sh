# shellcheck shell=bash
# When the launcher's leader has taken its port. The launcher looks for a free port long before its leader
# binds it: another launcher on the node must not look in between.

# record_leading ADDRESS: waits for tcp://HOST:PORT as long as this script runs. Any other address is the
# leader's own already.
record_leading() {
    local port=${1##*:}
    case $1 in
        tcp://*:*[0-9]) ;;
        *)
            record "$DISAGGC_STEP.leading" "$1"
            return
            ;;
    esac
    until is_bound "$port"; do
        kill -0 "$$" 2>/dev/null || return
        sleep 0.1
    done
    record "$DISAGGC_STEP.leading" "$port"
}
