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
# The same, where a cluster runs.
runs_elsewhere() {
  local known
  known=$(known_as) || { echo "$known"; return 1; }
  echo "$known"
  [[ $known = @(former|absent|added) ]]
}

others() { ETCDCTL_ENDPOINTS=$OTHERS root_with "$wanted" "$@"; }
# membership: this host's id, whether it is started or unstarted, and whether it is a learner, as a majority sees it;
# nothing if it is no member.
membership() { others member list | awk -F', ' -v peer="$peer" '$4 == peer { print $1, $2, $6 }'; }
# A learner gets all data first and counts only when it is promoted: until then the others' majority is what it was. They
# take one at a time, so several new members come one after the other.
join() {
  local found id state cluster
  found=$(membership) || return 1
  read -r id state _ <<<"$found"
  if [ "$state" = started ]; then
    # Its log is gone, and with it what it had agreed to: it may not come back as the same member.
    others member remove "$id" || return 1
    id=
  fi
  [ -n "$id" ] || others member add "$NAME" --learner --peer-urls "$peer" || return 1
  cluster=$(others member list |
    awk -F', ' -v own="$NAME=$peer" '$2 == "started" { printf "%s=%s,", $3, $4 } END { print own }') || return 1
  pgha_put "$joining" root:root 0644 <<END
ETCD_INITIAL_CLUSTER="$cluster"
ETCD_INITIAL_CLUSTER_STATE="existing"
END
}
promote() {
  local found id learner
  [ -e "$joining" ] || return 0
  # Whoever can't be asked now tells nothing: a learner isn't healthy either.
  found=$(membership) || return 0
  read -r id _ learner <<<"$found"
  [ "$learner" != true ] || others member promote "$id"
}
