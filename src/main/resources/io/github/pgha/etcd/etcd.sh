# Runs one etcd member. The members of a new cluster start side by side: none is healthy before a majority is there.
# KEEPER: not empty on the one that keeps the users. LOGIN, PREFIX: who may use which keys. SECRETS: tells this script when
# keys or passwords changed.

pgha_firewalled

# Data of a first start under other settings would keep those settings for ever. Only a member that was never healthy may
# lose its data: one that is active has joined, even if an earlier run died before it could note that.
if [ ! -e "$joined" ] && [ -d "$data" ] && pgha_changed "$config" && ! systemctl -q is-active etcd; then
  systemctl stop etcd
  rm -rf "$data"
fi

# Without a user a member says 'permission denied', but only after the majority agreed: that is taken for health.
healthy() {
  etcdctl --endpoints "https://$ADDRESS:2379" --command-timeout 2s endpoint health && return
  # A member that gave up says why in its journal only.
  ! systemctl -q is-failed etcd || journalctl -q -u etcd -n 5 --no-pager -o cat
  return 1
}

joins=
if ! systemctl -q is-active etcd; then
  if [ -d "$data/member" ] || grep -q "^ETCD_INITIAL_CLUSTER=.*=${peer}[,\"]" "$config"; then
    pgha_await 60 "etcd's other members tell who is one" known_as
  else
    # Not one of those that the cluster began with.
    pgha_await 300 "a cluster runs that etcd on $ADDRESS can join" runs_elsewhere
  fi
  case $pgha_said in
    absent | former | added)
      if [ ! -d "$data/member" ]; then
        joins=yes
      elif found=$(membership) && [ -z "$found" ]; then
        # Whoever the others have taken out of the cluster can't come back with the data of that time.
        joins=yes
      fi
      ;;
  esac
fi
join_anew() {
  systemctl daemon-reload
  systemctl stop etcd
  rm -rf "$data"
  pgha_await 300 "etcd on $ADDRESS may join the others" join
}
settle_units() {
  # Read after Debian's own file, so that it has the last word; etcd itself forgets about both once it has data.
  [ ! -e "$joining" ] || pgha_put "$join_unit" root:root 0644 <<END
[Service]
EnvironmentFile=$joining
END
  pgha_units "$hardening" "$restart" "$join_unit"
}
[ -e "${data%/*}" ] || install -d -o etcd -g etcd -m 0700 "${data%/*}"
[ -z "$joins" ] || join_anew
settle_units
pgha_enable etcd
in_turn=
if ! systemctl -q is-active etcd; then
  # Not waited for: etcd reports itself as started only when the cluster has a leader.
  systemctl restart --no-block etcd
elif pgha_changed "${at_start[@]}"; then
  # A member that serves nobody needn't wait for its turn, and may not get one. One late answer tells nothing: while they elect
  # a leader nobody answers, and all would restart at once.
  if pgha_within 20 healthy; then in_turn=yes; else systemctl restart --no-block etcd; fi
fi
# etcd's file has reached its quota, and no key is taken any more: nobody could become the leader. etcd drops what was
# overwritten by itself, but the room that this leaves is given back, and the alarm taken off, by nobody.
make_room() {
  local revision said
  revision=$(root endpoint status -w json |
    python3 -c 'import json, sys; print(max(m["Status"]["header"]["revision"] for m in json.load(sys.stdin)))') || return 1
  said=$(root compaction "$revision" 2>&1) || [[ $said = *"has been compacted"* ]] || { echo "$said"; return 1; }
  # One member after the other, each of which answers nobody meanwhile.
  root --command-timeout 60s defrag || return 1
  root alarm disarm
}
# Long enough for the other members' hosts to boot and to install their packages.
serves() {
  local said
  promote || return 1
  said=$(healthy 2>&1) && return
  echo "$said"
  [[ -n $KEEPER && $said = *NOSPACE* ]] && make_room && healthy
}
# A repair: a member that can't go on with its data comes back as a new one, while a majority is there without it. etcd itself
# takes one such member at a time.
goes_on() { serves && pgha-doctor --lost etcd; }
majority_of_others() {
  local url all=1 healthy=0
  for url in ${OTHERS//,/ }; do
    all=$((all + 1))
    ! etcdctl --endpoints "$url" --command-timeout 5s endpoint health || healthy=$((healthy + 1))
  done
  [ $((2 * healthy)) -gt "$all" ]
}
if [ -n "${REPAIR:-}" ] && [ -z "$joins" ] && ! pgha_within 60 goes_on; then
  why=$(pgha-doctor --lost etcd) || [ -n "$why" ] || pgha_fail "what etcd's data on $ADDRESS lacks can't be seen"
  if [ -n "$why" ]; then
    pgha_within 30 majority_of_others ||
      pgha_fail "etcd can't go on with its data: $why. It wasn't touched, since no majority is there without it: $pgha_said"
    echo "etcd can't go on with its data: $why. Joins the others anew" >&2
    join_anew
    settle_units
    systemctl restart --no-block etcd
  fi
fi
pgha_await 300 "etcd on $ADDRESS is healthy" serves
touch "$joined"

# Only root may list the users, if there are users at all.
is_root() {
  [ -s "$1" ] && [[ $(root_with "$1" auth status) == *'Status: true'* ]] && root_with "$1" user list >/dev/null
}

# set_user NAME FILE: makes the user, or gives it the file's password. The password goes over standard input.
set_user() {
  if root user get "$1" >/dev/null 2>&1; then
    root user passwd "$1" --interactive=false <"$2"
  else
    root user add "$1" --interactive=false <"$2"
  fi
}
user_can_read() { ETCDCTL_USER=$LOGIN root_with "$tls/user-password" get --prefix "$PREFIX" --limit 1 >/dev/null; }

keep_users() {
  local auth
  if ! is_root "$wanted"; then
    if is_root "$current"; then
      # An answer that didn't come tells nothing: the former password is kept until the new one logs in.
      set_user root "$wanted" || return 1
      is_root "$wanted" || return 1
    else
      # There are no users yet, or not all of what follows was done.
      auth=$(etcdctl --endpoints "https://$ADDRESS:2379" --command-timeout 5s auth status) || return 1
      grep -q 'Status: false' <<<"$auth" || { echo "neither the present nor the former password of root logs in"; return 1; }
      # A member that isn't there yet must not come into a cluster whose users it knows nothing of.
      etcdctl --endpoints "$(<"$tls/endpoints")" --command-timeout 5s endpoint health || return 1
      cp "$wanted" "$current"
      set_user root "$wanted" || return 1
      root role get root >/dev/null 2>&1 || root role add root || return 1
      root user grant-role root root || return 1
      root auth enable || return 1
    fi
  fi
  cmp -s "$wanted" "$current" || cp "$wanted" "$current"
  if ! user_can_read; then
    local role=${LOGIN%-*}
    root role get "$role" >/dev/null 2>&1 || root role add "$role" || return 1
    root role grant-permission "$role" readwrite --prefix=true "$PREFIX" || return 1
    set_user "$LOGIN" "$tls/user-password" || return 1
    root user grant-role "$LOGIN" "$role" || return 1
    user_can_read
  fi
}

if [ -n "$KEEPER" ]; then
  pgha_await 300 "etcd's users are as they should be" keep_users
else
  pgha_await 300 "etcd's user root has its password" is_root "$wanted"
  cmp -s "$wanted" "$current" || cp "$wanted" "$current"
fi

# restart_in_turn: one member at a time, and only while all others are healthy. The lock is etcd's own, held through the others.
restart_in_turn() {
  ETCDCTL_ENDPOINTS=$OTHERS timeout 240 pgha-etcdctl lock --ttl 30 pgha/restart -- bash -c \
    'pgha-etcdctl --command-timeout 5s endpoint health && systemctl restart etcd'
}
if [ -n "$in_turn" ]; then
  pgha_await 300 "etcd on $ADDRESS restarts in its turn" restart_in_turn
  pgha_await 60 "etcd on $ADDRESS is healthy" healthy
fi

# leaving <MEMBERS: those who aren't wanted any more, of etcd's own list: id and peers' URL.
leaving() {
  awk -F', ' '{ print $1, $4 }' | grep -vF -f <(tr , '\n' <"$tls/endpoints" | sed 's/2379$/2380/') || true
}
# They leave one after the other, each while all that stay are healthy.
leave() {
  local members id url
  members=$(root member list) || return 1
  while read -r id url; do
    root endpoint health || return 1
    root member remove "$id" || return 1
    echo "$url has left" >&2
  done < <(leaving <<<"$members")
}
if [ -n "$KEEPER" ]; then
  pgha_await 60 "etcd on $ADDRESS tells its members" root member list
  members=$(grep -E '^[0-9a-f]+, ' <<<"$pgha_said")
  gone=$(leaving <<<"$members" | wc -l)
  all=$(wc -l <<<"$members")
  [ $((2 * gone)) -lt "$all" ] ||
    pgha_fail "$gone of etcd's $all members aren't in etcdHosts any more: more than half must stay, so take out fewer at once"
  [ "$gone" -eq 0 ] || pgha_await 300 "etcd's former members have left" leave
fi
pgha_applied "$restart" "$joining" "$join_unit" "${at_start[@]}" "${at_handshake[@]}" "$wanted" "$tls/user-password" "$tls/endpoints" \
  /usr/local/sbin/pgha-etcd{ctl,-new-majority}

# Something new each time: what this run did is proved at the end of the `up`.
cat /proc/sys/kernel/random/uuid
