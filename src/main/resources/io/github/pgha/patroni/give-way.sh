# Before a PostgreSQL member's machine goes or is built anew, and before any packet filter shuts it out: makes sure that one
# of those who stay leads. Runs on a host of etcd, which stays whatever becomes of the member.
# STAY: names of members, separated by spaces; or, where it is empty, GOES: the only one that doesn't stay, which is built
# anew. REBUILD: which time that is. DIARY: keys in which is written for which of them it was let go.

get() { etcd get "$SCOPE$1" --print-value-only; }
stays() { if [ -n "$GOES" ]; then [ "$1" != "$GOES" ]; else [[ " $STAY " == *" $1 "* ]]; fi; }

# Members that Patroni knows and that don't stay.
leaving() {
  local keys key
  keys=$(etcd get --prefix "${SCOPE}members/" --keys-only) || return 1
  for key in $keys; do
    stays "${key##*/}" || echo "${key##*/}"
  done
}

gives_way() {
  local leader asked
  leader=$(get leader) || return 1
  [ -n "$leader" ] || { echo "no member leads, and one that goes may have the only data"; return 1; }
  ! stays "$leader" || return 0
  asked=$(get failover) || return 1
  if [[ $asked = @(|"{}") ]]; then
    ask_to_hand_over "$leader" || return 1
  fi
  echo "$leader leads, and was asked to hand over"
  return 1
}

# A cluster that isn't there yet has nobody who leads. An etcd that doesn't answer tells nothing: then no machine may go. Where
# none goes at once it has to be mended first, by what comes later.
initialized=
if [ -s /etc/etcd/pgha/root-password ]; then
  if pgha_within 60 get initialize; then
    initialized=$pgha_said
  elif [ -n "$GOES" ]; then
    pgha_fail "etcd doesn't tell whether $GOES may go: $pgha_said"
  fi
fi
# Once it has been built anew it stays, whatever lets this script run again.
let_go=
if [ -n "$initialized" ] && [ -n "$GOES" ]; then
  noted=$(etcd get "$DIARY$GOES" --print-value-only)
  [ "$noted" != "$REBUILD" ] || let_go=yes
fi
if [ -n "$initialized" ] && [ -z "$let_go" ]; then
  gone=$(leaving)
  [ "$(wc -w <<<"$gone")" -le 1 ] ||
    pgha_fail "$(paste -sd ' ' <<<"$gone") would go at once: only one PostgreSQL member may, the next one with the next \`up\`"
  if [ -n "$gone" ]; then
    pgha_await 60 "another member than $gone leads" gives_way
  fi
  [ -z "$GOES" ] || etcd put "$DIARY$GOES" "$REBUILD" >/dev/null
fi
