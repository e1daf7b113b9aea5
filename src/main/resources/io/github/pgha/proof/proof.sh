# The end of an `up`: waits until every part serves over verified TLS, or says which one doesn't and what it last said.
# AFTER: whatever was done to a part, and a change of what a client needs to know, is proved again.
# ETCD, MEMBERS, BALANCERS: addresses, separated by spaces. VIP, PRIMARY_PORT, REPLICA_PORT, STATS_PORT, APP_USER, APP_DATABASE.

tls=/etc/patroni/tls
scratch=$(mktemp -d -p /run pgha.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
printf '%s:*:%s:%s:%s\n' "$VIP" "$APP_DATABASE" "$APP_USER" "$(sed 's/[\\:]/\\&/g' /etc/patroni/app-password)" >"$scratch/pgpass"

get() { curl -fsS --max-time 3 --cacert "$tls/ca.pem" "$@"; }

etcd_healthy() {
  [[ $(get --cert "$tls/etcd-client.pem" --key "$tls/etcd-client.key" "https://$1:2379/health") == *'"health":"true"'* ]]
}
for address in $ETCD; do
  pgha_await 60 "etcd on $address is healthy" etcd_healthy "$address"
done

# One leader that runs; every other member streams from it on the same timeline. Who is no member any more may still be there.
cluster_whole() {
  local cluster
  cluster=$(get "https://${MEMBERS%% *}:8008/cluster") || { echo "$cluster"; return 1; }
  python3 -c '
import json, sys
wanted = sys.argv[1].split()
members = [m for m in json.load(sys.stdin)["members"] if m["host"] in wanted]
print(", ".join("%s: %s, %s, timeline %s" % (m["name"], m["role"], m["state"], m.get("timeline")) for m in members))
leaders = [m for m in members if m["role"] == "leader" and m["state"] == "running"]
standbys = [m for m in members if m["role"] != "leader" and m["state"] == "streaming"]
whole = len(leaders) == 1 and len(leaders) + len(standbys) == len(wanted)
sys.exit(not (whole and len({m["timeline"] for m in members}) == 1))' "$MEMBERS" <<<"$cluster"
}
pgha_await 120 "one primary leads and every standby streams" cluster_whole

for address in $BALANCERS; do
  pgha_await 60 "HAProxy on $address answers" get "https://$address:$STATS_PORT/balancer"
done

# Each holder of the address answers the question who has it, if all are asked (-b); two answers would be two holders.
one_holder() {
  local interface address mac holders
  interface=$(ip -o route get "$VIP" | sed -n 's/.* dev \([^ ]*\) .*/\1/p')
  holders=$(arping -b -w 2 -c 2 -I "$interface" "$VIP" | grep -o '\[[0-9A-F:]*\]' | sort -u | paste -sd ' ')
  # They have just been asked for their statistics.
  for address in $BALANCERS; do
    mac=$(ip neigh show "$address" | sed -n 's/.* lladdr \([0-9a-f:]*\).*/\U\1/p')
    [ -z "$mac" ] || holders=${holders//"[$mac]"/"$address"}
  done
  echo "answers for $VIP: ${holders:-none}"
  if [[ $holders = *\[* ]]; then
    echo "vip '$VIP' must be an address that is free, and somebody who is no balancer answers for it"
  fi
  [ "$(wc -w <<<"$holders")" -eq 1 ]
}
pgha_await 60 "one balancer holds $VIP" one_holder

# What was changed by hand since a member's script looked at it last. No wait makes it good.
found=$(/usr/local/libexec/pgha/roles check all needed 2>&1) || pgha_fail "${found//$'\n'/, }:" \
  "raise the stack's configuration key \`repair\` by one and run \`pulumi up\`"

# It asks for no function, which somebody may have taken from PUBLIC.
query() { # PORT EXPECTED
  local said
  # The database's owner may let each session begin with a warning.
  said=$(PGPASSFILE=$scratch/pgpass PGCONNECT_TIMEOUT=5 PGSSLMODE=verify-full PGSSLROOTCERT=$tls/ca.pem \
    PGOPTIONS='-c client_min_messages=error' \
    psql -XAtq -h "$VIP" -p "$1" -U "$APP_USER" -d "$APP_DATABASE" -c 'SHOW in_hot_standby' 2>&1) || { echo "$said"; return 1; }
  echo "in_hot_standby is $said"
  [ "$said" = "$2" ]
}
pgha_await 60 "a query through $VIP:$PRIMARY_PORT lands on the primary" query "$PRIMARY_PORT" off
pgha_await 60 "a query through $VIP:$REPLICA_PORT lands on a standby" query "$REPLICA_PORT" on

echo "etcd: $(wc -w <<<"$ETCD") members healthy"
echo "postgresql: $(cluster_whole)"
echo "vip: $VIP is held by $(get "https://$VIP:$STATS_PORT/balancer")"
