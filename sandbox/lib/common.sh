# shellcheck shell=bash
# What the sandbox's commands share: names, places, words for trouble.
# shellcheck disable=SC2034 # the sourcing scripts use these

SANDBOX=${PGHA_SANDBOX:-lab}
LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SANDBOX_DIR=$(dirname "$LIB_DIR")
CACHE=${PGHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgha}
STATE=${PGHA_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/pgha}/sandbox-$SANDBOX
LOG_DIR=$STATE/log
NETNS=pgha-$SANDBOX
NETNS_FILE=/run/netns/$NETNS
BRIDGE=vmbr0
BRIDGE_MAC=02:70:67:68:61:01
GATEWAY=192.168.124.1
NODE=192.168.124.2
PREFIX=23
API_URL=https://$NODE:8006/
PROXY_PORT=3142

# Node names and their addresses, a line each; of a sandbox that isn't there, or is one of an earlier version: one node.
node_lines() {
    if [ -s "$STATE/nodes" ]; then cat "$STATE/nodes"; else echo "pve $NODE"; fi
}

node_names() {
    node_lines | cut -d' ' -f1
}

# "node pve", "nodes pve1, pve2 (off), pve3".
nodes_in_words() {
    local name words=
    while read -r name; do
        [ ! -e "$STATE/off/$name" ] || name="$name (off)"
        words="${words:+$words, }$name"
    done < <(node_names)
    if [[ $words == *,* ]]; then echo "nodes $words"; else echo "node $words"; fi
}

# control LINE: lets the API server do what no API can be asked for.
control() {
    local answer
    answer=$(socat -t 120 - "UNIX-CONNECT:$STATE/run/control" <<<"$1") ||
        fail "the sandbox $SANDBOX doesn't run, or not as it should (sandbox/status)."
    [ "$answer" = ok ] || fail "$answer"
}

fail() {
    echo "sandbox: $*" >&2
    exit 1
}

say() {
    echo "sandbox: $*"
}

check_name() {
    [[ $SANDBOX =~ ^[a-z][a-z0-9-]{0,19}$ ]] || fail "'$SANDBOX' can't be a sandbox's name (PGHA_SANDBOX):" \
        "up to 20 small letters, digits and dashes, a letter first."
}

require_root() {
    [ "$(id -u)" -eq 0 ] || fail "this must be run as root: it makes network namespaces, mounts and containers." \
        "Try: sudo $0"
}

# pid_of FILE: prints the pid recorded in FILE ("PID START_TICKS") if that very process still runs.
pid_of() {
    local pid ticks
    [ -r "$1" ] || return 1
    read -r pid ticks <"$1" || return 1
    [ "$(start_ticks "$pid")" = "$ticks" ] || return 1
    echo "$pid"
}

# When a process was started, in clock ticks since boot; nothing if there is none, or only its zombie.
start_ticks() {
    # The program's name may contain blanks and brackets; the state is the first field after it, the start the 20th.
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

# For a simple command in the background only: of a function, $! would be the shell around it.
record_pid() {
    echo "$2 $(start_ticks "$2")" >"$1.new"
    mv "$1.new" "$1"
}

# end_process FILE WHAT: asks the recorded process to end, insists after 5 s, forgets it.
end_process() {
    local pid deadline=$((SECONDS + 5)) signal=TERM
    while pid=$(pid_of "$1"); do
        kill "-$signal" "$pid" 2>/dev/null || true
        if [ "$SECONDS" -ge "$deadline" ]; then
            [ "$signal" = TERM ] || fail "$2 (process $pid) can't be ended."
            signal=KILL
            deadline=$((SECONDS + 5))
        fi
        sleep 0.02
    done
    rm -f "$1"
}

in_netns() {
    nsenter --net="$NETNS_FILE" -- "$@"
}

netns_exists() {
    # A name without a mounted namespace is the remains of a crash.
    [ -e "$NETNS_FILE" ] && in_netns true 2>/dev/null
}

# wait_for SECONDS WHAT LOG COMMAND...: until COMMAND succeeds; else says what is missing, with the log's end.
wait_for() {
    local limit=$1 what=$2 log=$3 deadline=$((SECONDS + $1))
    shift 3
    until "$@"; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "sandbox: $what after $limit s. The last lines of $log:" >&2
            tail -n 20 "$log" >&2 || true
            exit 1
        fi
        sleep 0.05
    done
}

# By the first node that has power; without any there is nobody who could.
api_answers() {
    local node address
    [ -s "$STATE/identity/token" ] && [ -s "$STATE/identity/ca.pem" ] || return 1
    while read -r node address; do
        [ -e "$STATE/off/$node" ] || break
        address=
    done < <(node_lines)
    [ -n "$address" ] || return 0
    in_netns curl --silent --fail --output /dev/null --max-time 2 --noproxy '*' --cacert "$STATE/identity/ca.pem" \
        --header @- "https://$address:8006/api2/json/version" <<<"Authorization: PVEAPIToken=$(<"$STATE/identity/token")"
}

proxy_answers() {
    in_netns curl --silent --fail --output /dev/null --max-time 2 --noproxy '*' \
        "http://$GATEWAY:$PROXY_PORT/images/"
}
