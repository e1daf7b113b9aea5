# Before a machine restarts to be changed: makes sure that the others serve without it, and that another PostgreSQL member
# leads. Runs on another machine, one of etcd, whatever state this one is in.
# HOST: the machine. RESIZE: how many times it does so, this one included. ETCD: address of its member of etcd; empty
# for a host of PostgreSQL. MEMBERS: PostgreSQL members, with commas, that have to be there if they aren't HOST. DIARY:
# keys in which is written who was let go, and when.

others_healthy() {
  local others
  others=$(tr , '\n' </etc/etcd/pgha/endpoints | grep -vF "//$ETCD:" | paste -sd ,)
  ETCDCTL_ENDPOINTS=$others etcd endpoint health
}

# decide <KEYS: says 'go', 'ask' and who shall lead instead, or why it has to wait. KEYS: Patroni's and the diary's, a line of
# JSON each.
decide() {
  python3 -c '
import base64, json, sys
goes, wanted, scope, diary, patient = sys.argv[1:]

def values(prefix):
    text = lambda kv, part: base64.b64decode(kv.get(part, "")).decode()
    return {text(kv, "key")[len(prefix):]: text(kv, "value") for kv in json.loads(sys.stdin.readline()).get("kvs", [])}

patroni, noted = values(scope), values(diary)
members = {key.split("/")[1]: json.loads(value) for key, value in patroni.items() if key.startswith("members/")}
leader, sync = patroni.get("leader"), json.loads(patroni.get("sync") or "{}")
counted = (sync.get("sync_standby") or "").split(",")
others = sorted((set(members) | set(wanted.split(","))) - {goes, ""})

def serves(name):
    state = members.get(name, {})
    return state.get("state") == "running" and (name == leader or state.get("replication_state") == "streaming")

def when(name):
    return int(noted.get(name, "0 0").split()[1])

standbys = [name for name in others if name != leader]
quorum = json.loads(patroni.get("config") or "{}").get("synchronous_mode") == "quorum"
# Patroni lets commits count on a standby that has come back a moment after it streams. Until then it takes none for a leader
# that has its new size.
bad = [name for name in others if not serves(name) or quorum and patient and name in standbys and name not in counted]
if not others:
    print("go")
elif not leader:
    print("no member leads")
elif leader == goes and patroni.get("failover", "") not in ("", "{}"):
    print(leader, "leads, and was asked to hand over")
elif bad:
    print(", ".join(bad), "must serve first")
elif leader == goes:
    # Those who have every commit, and of them whoever was let go last: that one needs no restart any more.
    print("ask", max(others, key=lambda name: (name in counted, when(name))))
elif quorum and standbys and not set(standbys) & set(counted):
    print("commits wait for", goes, "alone")
else:
    print("go")' "$HOST" "$MEMBERS" "$SCOPE" "$DIARY" "$patient"
}

gives_way() {
  local said candidate patient=
  [ "$SECONDS" -ge 40 ] || patient=yes
  said=$({ etcd get --prefix "$SCOPE" -w json && etcd get --prefix "$DIARY" -w json; } | decide) || return 1
  echo "$said"
  [ "$said" != go ] || return 0
  if [[ $said = ask* ]]; then
    candidate=${said#ask }
    # Whoever Patroni doesn't take after a while: then it is to choose.
    [ -n "$patient" ] || candidate=
    ask_to_hand_over "$HOST" "$candidate" || return 1
  fi
  return 1
}

[ -s /etc/etcd/pgha/root-password ] || pgha_fail "etcd doesn't run here (yet), so nobody can see whether $HOST may restart"
# Else a leader would hand over again whenever this text changes.
noted=$(etcd get "$DIARY$HOST" --print-value-only)
if [[ $noted != "$RESIZE "* ]]; then
  pgha_await 120 "etcd's other members are healthy" others_healthy
  if [ -z "$ETCD" ]; then
    pgha_await 120 "PostgreSQL does without $HOST" gives_way
  fi
  etcd put "$DIARY$HOST" "$RESIZE $(date +%s)" >/dev/null
fi
