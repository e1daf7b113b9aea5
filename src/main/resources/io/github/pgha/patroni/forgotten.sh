# How a member goes on where etcd has lost all of its data. Patroni takes none but the one that it knew, and has to restart: first
# where the data are that count, since nobody knows any more who has every commit. One without data would begin a new cluster.
# NAME, ADDRESS: the member's own. MEMBERS: addresses of all, with commas.

# in_etcd: 'known' if this member is among those of etcd, 'led' if another one leads, or 'forgotten'.
in_etcd() {
  local list
  list=$(timeout 20 patronictl list -f json 2>&1) || { echo "$list"; return 1; }
  python3 -c 'import json, sys
members = json.load(sys.stdin)
print("known" if any(m["Member"] == sys.argv[1] for m in members)
      else "led" if any(m["Role"] == "Leader" for m in members) else "forgotten")' "$NAME" <<<"$list"
}
# leads_first: address of the member that runs as primary; else, if all of them tell, of the one that has most.
leads_first() {
  local member said all=
  for member in ${MEMBERS//,/ }; do
    said=$(told "$member") || said=null
    all+="$member $said"$'\n'
  done
  python3 -c 'import json, sys
def has(said):
    place = said.get("xlog") or {}
    return said.get("timeline") or 0, max([place.get(k) or 0 for k in ("location", "received_location", "replayed_location")])
members = {address: json.loads(said) for address, said in (line.split(" ", 1) for line in sys.stdin if line.strip())}
told = {address: said for address, said in members.items() if said}
primaries = {address: said for address, said in told.items() if said.get("role") == "primary" and said["state"] == "running"}
silent = sorted(set(members) - set(told))
if silent and not primaries:
    sys.exit("no PostgreSQL runs as primary, and nobody knows what " + ", ".join(silent) + " has")
print(max(sorted(primaries or told), key=lambda address: has(told[address])))' <<<"$all" 2>&1
}
leads_again() { [ "$(in_etcd)" = led ] || { echo "nobody leads in etcd"; return 1; }; }
somebody_tells() {
  local member
  for member in ${MEMBERS//,/ }; do
    ! told "$member" >/dev/null 2>&1 || return 0
  done
  return 1
}
take_in_a_new_etcd() {
  local place
  pgha_await 60 "etcd tells Patroni's members" in_etcd
  place=$pgha_said
  # Not where a cluster begins.
  if [ "$place" = forgotten ] && { [ -s "$data/PG_VERSION" ] || somebody_tells; }; then
    pgha_await 120 "a member is there that leads first" leads_first
    if [ "$pgha_said" = "$ADDRESS" ]; then
      place=first
    else
      pgha_await 300 "PostgreSQL on $pgha_said leads again" leads_again
      place=led
    fi
  fi
  if [ "$place" = first ] || { [ "$place" = led ] && systemctl -q is-active patroni; }; then
    echo "etcd doesn't know this member any more: restarts Patroni" >&2
    systemctl restart patroni
  fi
}
