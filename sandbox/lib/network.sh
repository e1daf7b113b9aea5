# shellcheck shell=bash
# The sandbox's network: a namespace with a bridge, its gateway address and its nodes' addresses, and no way out.

ensure_network() {
    if netns_exists; then
        [ -e "$STATE/run/netns" ] || fail "the network namespace $NETNS exists already and isn't this sandbox's" \
            "(state: $STATE). Remove it (ip netns delete $NETNS) or choose another name (PGHA_SANDBOX=...)."
        # Unless a start was broken off in the middle of this.
        [ "$(<"$STATE/run/netns")" = begun ] || return 0
    fi
    # Whatever still runs has lost its network, as by a power failure of the node.
    kill_groups "$SANDBOX"
    ip netns delete "$NETNS" 2>/dev/null || true
    echo begun >"$STATE/run/netns"
    ip netns add "$NETNS" || fail "this kernel or container doesn't let network namespaces be made (ip netns add)."
    in_netns ip link set lo up
    # An address of its own: otherwise the bridge has that of one of its cables, and loses it when that VM is powered off.
    in_netns ip link add "$BRIDGE" address "$BRIDGE_MAC" type bridge 2>"$LOG_DIR/network.log" ||
        fail "this kernel has no network bridges (module bridge): $(<"$LOG_DIR/network.log")"
    in_netns ip link add probe0 type veth peer name probe1 2>"$LOG_DIR/network.log" ||
        fail "this kernel has no virtual network cables (module veth): $(<"$LOG_DIR/network.log")"
    in_netns ip link delete probe0
    in_netns ip address add "$GATEWAY/$PREFIX" dev "$BRIDGE"
    # One node is this machine, as its bridge; several have cables of their own.
    # shellcheck disable=SC2153 # of common.sh
    [ "$(node_names | wc -l)" -gt 1 ] || in_netns ip address add "$NODE/$PREFIX" dev "$BRIDGE"
    in_netns ip link set "$BRIDGE" up
    # All nodes come up.
    rm -rf "$STATE/off"
    [ "$(node_names | wc -l)" -eq 1 ] || node_lines | while read -r node address; do
        "$LIB_DIR/node-cable" "$SANDBOX" in "$node" "$address"
    done
    # With forwarding but no route, what would leave is refused at once instead of vanishing.
    in_netns sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
    echo complete >"$STATE/run/netns"
    : >"$STATE/run/node-boot"
}

# An overlay is what VMs' disks are made of.
check_overlay() {
    grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || true
    grep -qw overlay /proc/filesystems || fail "this kernel has no overlay file system (module overlay)."
    awk '$3 == "cgroup2" { found = 1 } END { exit !found }' /proc/self/mounts ||
        fail "no cgroup2 file system is mounted (usually at /sys/fs/cgroup); VMs can't be run without one."
}

ensure_proxy() {
    local servers
    if pid_of "$STATE/run/proxy.pid" >/dev/null && pid_of "$STATE/run/relay.pid" >/dev/null && proxy_answers; then
        return 0
    fi
    kill_groups "$SANDBOX" service-proxy
    kill_groups "$SANDBOX" service-relay
    rm -f "$STATE/run/proxy.sock"
    servers=$(awk '$1 == "nameserver" { print ($2 ~ /:/ ? "[" $2 "]" : $2) }' /etc/resolv.conf | tr '\n' ' ')
    echo "resolver ${servers:-127.0.0.1 }ipv6=off valid=300s;" >"$STATE/run/resolver.conf"
    mkdir -p "$CACHE/packages" "$STATE/www/images"
    chown www-data "$CACHE/packages"
    "$LIB_DIR/service" "$SANDBOX" proxy unshare --mount --propagation private "$LIB_DIR/proxy-run" "$STATE" "$CACHE/packages" \
        </dev/null >>"$LOG_DIR/proxy.log" 2>&1 9>&- &
    record_pid "$STATE/run/proxy.pid" $!
    "$LIB_DIR/service" "$SANDBOX" relay nsenter --net="$NETNS_FILE" socat "TCP-LISTEN:$PROXY_PORT,bind=$GATEWAY,fork,reuseaddr,backlog=128" \
        "UNIX-CONNECT:$STATE/run/proxy.sock" </dev/null >>"$LOG_DIR/relay.log" 2>&1 9>&- &
    record_pid "$STATE/run/relay.pid" $!
    wait_for 20 "the package proxy doesn't answer" "$LOG_DIR/proxy.log" proxy_answers
}
