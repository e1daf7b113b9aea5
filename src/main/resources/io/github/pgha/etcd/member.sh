# What scripts on a member of etcd share, and how a host joins a cluster that runs already.
# NAME, ADDRESS: the member's own. OTHERS: URLs of the others, with commas.

tls=/etc/etcd/pgha
config=/etc/default/etcd
hardening=/etc/systemd/system/etcd.service.d/pgha-hardening.conf
restart=/etc/systemd/system/etcd.service.d/pgha-restart.conf
# etcd reads certificates and keys again at each handshake, but these at its start only.
at_start=("$config" "$hardening" "$tls/ca.pem")
at_handshake=("$tls"/{server,peer,client}.{pem,key})
data=/var/lib/etcd/pgha
joined=/var/lib/pgha/etcd-joined
peer=https://$ADDRESS:2380
joining=$tls/joining
join_unit=/etc/systemd/system/etcd.service.d/pgha-join.conf
export ETCDCTL_CACERT=$tls/ca.pem ETCDCTL_CERT=$tls/client.pem ETCDCTL_KEY=$tls/client.key
wanted=$tls/root-password.wanted
current=$tls/root-password
root() { pgha-etcdctl --command-timeout 5s "$@"; }
root_with() { PGHA_ETCD_PASSWORD_FILE=$1 root "${@:2}"; }

# What the others know of this member, asked at their peers' port, where each answers even if no majority is there:
# 'nothing' where no cluster runs yet, 'founder' of one that starts, a member that is 'absent' or only 'added' to one that
# runs, and a 'former' one, which served with data that this host doesn't have (any more).
known_as() {
  local url said code answers=
  for url in ${OTHERS//,/ }; do
    code=0
    said=$(curl -sS --fail --http1.1 --max-time 3 --cacert "$tls/ca.pem" --cert "$tls/peer.pem" --key "$tls/peer.key" \
      "${url%:2379}:2380/members" 2>&1) || code=$?
    case $code in
      0) answers+=$said$'\n' ;;
      7 | 28) ;; # Nobody is there.
      *) echo "$said" && return 1 ;;
    esac
  done
  python3 -c '
import json, sys
members = [m for line in sys.stdin if line.strip() for m in json.loads(line)]
own = [m for m in members if sys.argv[1] in m["peerURLs"]]
# A member makes its clients known when it serves.
if not any(m.get("clientURLs") for m in members):
    print("nothing")
elif any(m.get("clientURLs") for m in own):
    print("former")
elif any(m.get("name") for m in own):
    print("founder")
else:
    print("added" if own else "absent")' "$peer" <<<"$answers"
}
# find_known: sets known.
find_known() {
  local deadline=$((SECONDS + 60))
  until known=$(known_as); do
    [ "$SECONDS" -lt "$deadline" ] || pgha_fail "etcd's other members don't tell who they are: $known"
    sleep 0.2
  done
}
runs_elsewhere() { [[ $(known_as) = @(former|absent|added) ]]; }

# membership FIELD: of this host as a majority sees it: 1 its id, 2 started or unstarted, 6 whether it is a learner.
membership() {
  ETCDCTL_ENDPOINTS=$OTHERS root_with "$wanted" member list | awk -F', ' -v peer="$peer" -v f="$1" '$4 == peer { print $f }'
}
# A learner gets all data first and counts only when it is promoted: until then the others' majority is what it was. They
# take one at a time, so several new members come one after the other.
join() {
  local id state cluster
  id=$(membership 1) && state=$(membership 2) || return 1
  if [ "$state" = started ]; then
    # Its log is gone, and with it what it had agreed to: it may not come back as the same member.
    ETCDCTL_ENDPOINTS=$OTHERS root_with "$wanted" member remove "$id" || return 1
    id=
  fi
  [ -n "$id" ] || ETCDCTL_ENDPOINTS=$OTHERS root_with "$wanted" member add "$NAME" --learner --peer-urls "$peer" || return 1
  cluster=$(ETCDCTL_ENDPOINTS=$OTHERS root_with "$wanted" member list |
    awk -F', ' -v own="$NAME=$peer" '$2 == "started" { printf "%s=%s,", $3, $4 } END { print own }') || return 1
  pgha_put "$joining" root:root 0644 <<END
ETCD_INITIAL_CLUSTER="$cluster"
ETCD_INITIAL_CLUSTER_STATE="existing"
END
}
promote() {
  [ -e "$joining" ] || return 0
  [ "$(membership 6)" != true ] || ETCDCTL_ENDPOINTS=$OTHERS root_with "$wanted" member promote "$(membership 1)"
}
