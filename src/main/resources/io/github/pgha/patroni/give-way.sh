# Before a PostgreSQL member's machine is built anew: makes sure that another member leads. Runs on a host of etcd, which
# stays whatever becomes of the member.
# NAME: the member. SCOPE: Patroni's keys. REBUILD: tells this script that it is wanted once more.

get() { pgha-etcdctl --command-timeout 5s get "$SCOPE$1" --print-value-only; }

gives_way() {
  local leader
  leader=$(get leader) || return 1
  [ -n "$leader" ] || { echo "no member leads, so $NAME may have the only data"; return 1; }
  [ "$leader" = "$NAME" ] || return 0
  # As patronictl asks for a switchover; Patroni takes the key away when it has looked at it.
  if [[ $(get failover) = @(|"{}") ]]; then
    pgha-etcdctl --command-timeout 5s put "${SCOPE}failover" "{\"leader\": \"$NAME\"}" >/dev/null || return 1
  fi
  echo "$NAME leads, and was asked to hand over"
  return 1
}

# A cluster that isn't there yet has nobody who leads.
if [ -s /etc/etcd/pgha/root-password ] && [ -n "$(get initialize)" ]; then
  pgha_await 60 "another member than $NAME leads" gives_way
fi
