# Takes a host that exists already for a cluster, before anything else is done there; with the argument 'purge', gives
# it back.
# CLUSTER, NAME: whose it is, and what it is called there. STACK: tells this cluster from others of that name.
# ADDRESS: the host's own. MEMORY_MB: memory that PostgreSQL's settings are made for, or 0. INTERFACE: that of the
# virtual address, or empty.

owner=$pgha_state/owner
wanted="$CLUSTER $NAME $STACK"
tool=/usr/local/libexec/pgha/purge

# A host that has no owner is left as it was: without what came with this script, but with whatever else is there.
leave() {
  [ ! -e "$owner" ] || return 0
  pgha_remove "$tool"
  rmdir --ignore-fail-on-non-empty /usr/local/libexec/pgha "$pgha_state"/{changed,files}
  [ -e /usr/local/libexec/pgha ] || rmdir --ignore-fail-on-non-empty /usr/local/libexec
  if [ "$(echo "$pgha_state"/*)" = "$pgha_state/lock" ]; then
    rm -r "$pgha_state"
  fi
}
trap leave EXIT

if [ "${1:-}" = purge ]; then
  # Whoever has taken the host since then keeps it, under whatever name.
  if [ ! -e "$owner" ]; then
    echo "nothing of a cluster is on this host"
  elif [ "$(<"$owner")" != "$wanted" ]; then
    echo "this host has another owner by now: nothing is removed"
  else
    trap - EXIT
    "$tool" "$CLUSTER"
  fi
  exit
fi

if [ -e "$owner" ] && [ "$(<"$owner")" != "$wanted" ]; then
  read -r former called _ <"$owner"
  pgha_fail "this host is '$called' of a cluster '$former' already, which another stack has made, or this one before" \
    "it was destroyed. What removes that cluster from the host, with its data: sudo /usr/local/libexec/pgha/purge $former"
fi

# shellcheck source=/dev/null
system=$(. /etc/os-release && echo "$ID ${VERSION_ID:-of no version} (${PRETTY_NAME:-no name})")
[[ $system = "debian 13 ("* ]] ||
  pgha_fail "this host runs $system: it must run Debian 13, since the cluster is made of the packages of that"
[ -d /run/systemd/system ] || pgha_fail "this host must be run by systemd, since the cluster is made of its services"
addresses=$(ip -o -4 address show scope global | awk '{ sub("/.*", "", $4); print $4 }' | paste -sd ' ')
[[ " $addresses " = *" $ADDRESS "* ]] ||
  pgha_fail "address '$ADDRESS' of host '$NAME' must be one of the host's own, since its services listen there," \
    "and those are: ${addresses:-none}"
if [ -n "$INTERFACE" ] && [ ! -e "/sys/class/net/$INTERFACE" ]; then
  pgha_fail "interface '$INTERFACE' must be there on a balancer, since it carries the virtual address, and there is:" \
    "$(ip -brief link | awk '$1 != "lo" { sub("@.*", "", $1); print $1 }' | paste -sd ' ')"
fi
# The kernel keeps some of it for itself, before it counts.
memory=$(($(sed -nE 's/^MemTotal: +([0-9]+) kB$/\1/p' /proc/meminfo) / 1024))
[ $((MEMORY_MB * 85 / 100)) -le "$memory" ] ||
  pgha_fail "memoryMb '$MEMORY_MB' of host '$NAME' must not be more than it has, and that is $memory MiB"
# Somebody else's data would be taken for a former start's.
if [ ! -e "$owner" ]; then
  for data in /var/lib/etcd/pgha /var/lib/postgresql/17/pgha; do
    [ ! -e "$data" ] || pgha_fail "$data is on this host already, and no cluster of pgha owns it: it must be moved away"
  done
fi

# In one piece, since it is looked at above.
echo "$wanted" >"$owner.new"
mv "$owner.new" "$owner"
pgha_applied "$tool"
