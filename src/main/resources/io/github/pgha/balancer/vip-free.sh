# On a host of etcd, before any other is changed: makes sure that nobody else has the virtual address, which one of ours may have.
# VIP. HOSTS: addresses of all hosts, separated by spaces. INTERFACE: the balancers' for the virtual address; empty for the one
# that has their own.

# mac_of ADDRESS: of whoever answers for it within a second; nothing if nobody does.
mac_of() {
  local said tries=20
  # Nobody listens there. It makes the kernel ask who has the address, without a tool that a new machine doesn't have.
  ip neigh flush to "$1"
  echo >"/dev/udp/$1/9" || true
  while [ "$((tries -= 1))" -gt 0 ]; do
    said=$(ip neigh show "$1")
    [[ $said != *lladdr* && $said != *FAILED* ]] || break
    sleep 0.05
  done
  sed -n 's/.* lladdr \([^ ]*\) .*/\1/p' <<<"$said"
}

# Ours are known by their own addresses here. In a cluster that runs, a balancer may answer by another card.
if [ -z "$INTERFACE" ] || [ ! -s /etc/etcd/pgha/root-password ]; then
  holder=$(mac_of "$VIP")
  for host in $HOSTS; do
    if [ -n "$holder" ] && [ "$(mac_of "$host")" = "$holder" ]; then
      holder=
    fi
  done
  [ -z "$holder" ] || pgha_fail "vip '$VIP' must be an address that is free, and $holder answers for it"
fi
