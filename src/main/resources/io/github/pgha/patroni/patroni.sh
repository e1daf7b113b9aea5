# Runs one member of the PostgreSQL cluster and, where it leads, makes roles and databases what they shall be.
# SECRETS: tells this script when passwords or keys changed.

pgha_firewalled

config=/etc/patroni/config.d/10-pgha.yml
restart=/etc/systemd/system/patroni.service.d/pgha-restart.conf
watchdog_rule=/etc/udev/rules.d/60-pgha-watchdog.rules
password_file=/etc/patroni/app-password
liveness=(/etc/systemd/system/pgha-liveness.service /usr/local/libexec/pgha/pgha-liveness)
pairs=("$tls/ca.pem" "$tls"/{rest-server,rest-client,etcd-client,postgresql}.{pem,key})

chmod 0755 /etc/patroni/config.d /usr/local/libexec /usr/local/libexec/pgha
# Where Debian's documentation says that it is, and where root's patronictl looks when it is given no file.
ln -sfn /etc/patroni/config.d /etc/patroni/config.yml
mkdir -p /root/.config/patroni
ln -sfn /etc/patroni/config.d /root/.config/patroni/patronictl.yaml

# roles check|mend own|all: what roles and databases lack. A repair takes away what they have too much, too.
roles() { /usr/local/libexec/pgha/roles "$@" "$([ -n "${REPAIR:-}" ] && echo everything || echo needed)"; }
# other_primary: address of the other member that leads, as it says itself: Patroni on this host may not be there to be asked.
other_primary() {
  local member
  for member in ${MEMBERS//,/ }; do
    if [ "$member" != "$ADDRESS" ] && rest primary "$member" >/dev/null 2>&1; then
      echo "$member"
      return
    fi
  done
  echo "no other member leads"
  return 1
}
# Whoever leads sets the passwords first. Only then do the others change over, whose open streams go on meanwhile. Patroni
# makes the roles before a new cluster's first leader leads, unless it was interrupted there: then it never does.
own_roles_log_in() {
  if rest primary >/dev/null 2>&1; then
    roles mend own || return 1
  fi
  logs_in replication primary "$MEMBERS" && logs_in rewind primary "$MEMBERS"
}

# Before anything is changed.
leaving=$(members leave 2>/dev/null | awk '{ print $1 }' | paste -sd ' ') || true
[[ $leaving != *' '* ]] ||
  pgha_fail "$leaving are members that postgresHosts doesn't have: only one may leave at once, the next one with the next \`up\`"
# A member whose host is about to go doesn't lead any more before HAProxy forgets it. Any other may ask for that.
leader_stays() {
  local leader
  leader=$(members leave | awk '$3 == "leader" { print $1 }') || return 1
  [ -z "$leader" ] || hand_over_from "$leader"
}
if [ -n "$leaving" ] && ! pgha_changed "$secrets"; then
  pgha_await 60 "a member leads that stays one" leader_stays
fi

[ -e /var/lib/postgresql ] || install -d -o postgres -g postgres -m 0755 /var/lib/postgresql
# $watchdog_rule is for later boots.
[ ! -c /dev/watchdog ] || chown postgres /dev/watchdog
pgha_units "$unit" "$hardening" "$restart" "${liveness[0]}"
pgha_enable patroni pgha-liveness
# It finds Patroni and PostgreSQL whenever they come.
if pgha_changed "${liveness[@]}" || ! systemctl -q is-active pgha-liveness; then
  systemctl restart pgha-liveness
  pgha_applied "${liveness[@]}"
fi
if [ -n "${REPAIR:-}" ]; then
  take_in_a_new_etcd
fi
# A member that serves needs its turn to restart and for parameters, see roll.sh. One that serves nobody may be mended
# by them, and members of a new cluster start side by side. That no answer comes tells nothing yet: whoever is slow may lead.
# 22: Patroni answers that PostgreSQL doesn't run.
answered() {
  local code=0
  rest health >/dev/null 2>&1 || code=$?
  echo "$code"
  [[ $code == @(0|22) ]] || ! systemctl -q is-active patroni
}
serves=
if pgha_within 20 answered && [ "$pgha_said" = 0 ]; then serves=yes; fi
# Neither does one serve that refuses each new session, whatever Patroni has kept open. Of other failures it may recover.
if [ -n "$serves" ] && ! pgha_within 5 opens_session && refused "$pgha_said"; then
  serves=
fi
# Slots that the shared settings have until now, and not any more: Patroni removes them.
slots_that_go() {
  rest config | python3 -c 'import json, sys
wanted = json.load(open(sys.argv[1])).get("slots") or {}
print(",".join(sorted(set(json.load(sys.stdin).get("slots") or {}) - set(wanted))))' "$shared"
}
# What is there must fit into what all members share: an empty server, on which parameters are tried, knows nothing of it.
too_much() {
  local going
  going=$(slots_that_go) || pgha_fail "Patroni on $ADDRESS doesn't tell its settings: $going"
  as_postgres -d postgres -v going="$going" -v level="$(shared_parameter wal_level replica)" \
    -v slots="$(shared_parameter max_replication_slots 10)" \
    -v prepared="$(shared_parameter max_prepared_transactions 0)" <<'END'
SELECT format('wal_level must be logical while there are logical slots: %s', string_agg(slot_name, ', '))
  FROM pg_replication_slots WHERE slot_type = 'logical' AND :'level' <> 'logical'
    AND slot_name <> ALL (string_to_array(:'going', ',')) HAVING count(*) > 0
UNION ALL SELECT format('max_replication_slots must be at least %s: so many slots there are', count(*))
  FROM pg_replication_slots WHERE slot_name <> ALL (string_to_array(:'going', ',')) HAVING count(*) > :slots
UNION ALL SELECT format('max_prepared_transactions must be at least %s: so many transactions are prepared', count(*))
  FROM pg_prepared_xacts HAVING count(*) > :prepared;
END
}
shared_parameter() { # NAME DEFAULT
  python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["postgresql"]["parameters"].get(*sys.argv[2:]))' "$shared" "$@"
}
if [ -z "$serves" ] || [ ! -e "$parameters" ]; then
  # It may be mended by them, and nobody asks more of it before.
  take_parameters
  pgha_applied "$trial_conf"
else
  # One host of each kind has tried them already. What they name, such as files, may be on that one only.
  ! pgha_changed "$trial_conf" || try_parameters
  if pgha_changed "$shared"; then
    said=$(too_much)
    [ -z "$said" ] ||
      pgha_fail "PostgreSQL couldn't start with its parameters, and no member has them: $(paste -sd ';' <<<"$said")"
  fi
fi
has_data=
[ ! -s "$data/PG_VERSION" ] || has_data=yes
if ! systemctl -q is-active patroni || { [ -z "$serves" ] && pgha_changed "${at_start[@]}"; }; then
  systemctl restart patroni
  pgha_applied "${at_start[@]}" "$parameters" "$wanted"
elif pgha_changed "$parameters" "$config" "$secrets" "${pairs[@]}"; then
  if pgha_changed "$secrets" && [ -n "$serves" ]; then
    pgha_await 120 "the cluster's own roles log in with the passwords of $secrets" own_roles_log_in
  fi
  systemctl reload patroni
fi
works() { rest health && opens_session; }
# One that doesn't serve has what is wanted of the shared settings, too, before it is waited for. Patroni can't take in what it
# reloads where it would have to ask PostgreSQL for it.
if [ -z "$serves" ] && [ -n "$has_data" ] && pgha_changed "$parameters" "$shared"; then
  pgha_within 10 shared_settings_set "$shared" || echo "the shared settings aren't set yet: $pgha_said" >&2
  if ! pgha_within 20 works && [[ $(told) != *'"state": "'@(creating|starting|initializing)* ]]; then
    echo "restarts Patroni, with its new parameters" >&2
    systemctl restart patroni
  fi
fi
# A repair: a member that can't go on with its data copies the primary's. Never one that leads, and only while another one does.
takes_part() {
  local said
  [ -e "$data/global/pg_control" ] && said=$(told) || return 1
  python3 -c '
import json, sys
said = json.load(sys.stdin)
sys.exit(said["state"] != "running" or said["role"] != "primary" and said.get("replication_state") != "streaming")' <<<"$said" &&
    pgha-doctor --lost patroni
}
# Held by a session where the primary is, so one member at a time has it.
turn_to_copy() { # PRIMARY
  local role
  logs_in rewind primary "$1" || return 1
  role=$(setting postgresql.authentication.rewind.username)
  coproc PGPASSFILE=$scratch/pgpass PGOPTIONS='-c idle_session_timeout=0' psql -XAtq "host=$1 user=$role dbname=postgres \
    sslmode=verify-full sslrootcert=$tls/ca.pem"
  echo "SELECT 'mine' FROM pg_catalog.pg_advisory_lock(8008);" >&"${COPROC[1]}"
  read -r -t 86400 _ <&"${COPROC[0]}"
}
copy_anew() {
  local primary why path
  # Where none leads, there is nothing to copy, and this one's data may be the only one.
  pgha_within 60 other_primary || return 0
  primary=$pgha_said
  pgha_await 120 "the cluster's own roles log in with the passwords of $secrets" own_roles_log_in
  # Some things Patroni tries once only, such as pg_rewind.
  systemctl restart patroni
  if pgha_within 60 takes_part; then return; fi
  why=$(pgha-doctor --lost patroni) || [ -n "$why" ] || pgha_fail "what PostgreSQL's data on $ADDRESS lacks can't be seen"
  # Slow, or kept from running by something else.
  [ -n "$why" ] || return 0
  [[ $(told "$primary") != *'"pause": true'* ]] ||
    pgha_fail "PostgreSQL can't go on with its data: $why. In a paused cluster nothing is copied: \`patronictl resume\` first"
  turn_to_copy "$primary" || pgha_fail "PostgreSQL on $ADDRESS can't copy the primary's data: $primary doesn't let it in"
  systemctl stop patroni
  # One whose file of its process is gone, too.
  pkill -KILL -u postgres -f -- "-D $data" || true
  if ! pgha_within 10 other_primary; then
    systemctl start patroni
    pgha_fail "PostgreSQL can't go on with its data: $why. It wasn't touched: $pgha_said"
  fi
  echo "PostgreSQL can't go on with its data: $why. Copies that of $primary" >&2
  for path in "$data"/pg_tblspc/* "$data"/pg_wal; do
    if [ -L "$path" ] && [ -e "$path" ]; then find -L "$path" -mindepth 1 -delete; fi
  done
  find "$data" -mindepth 1 -delete
  systemctl start patroni
}
if [ -n "${REPAIR:-}" ] && ! pgha_within 20 takes_part; then
  copy_anew
fi
# A standby first copies the primary, which takes as long as there is more to copy. One that Patroni began anew has less.
copied=0
copies() {
  local before=$copied
  copied=$(du -sk "$data" | cut -f1)
  [[ $(told) == *'"state": "creating replica"'* ]] && [ "$copied" -gt "$before" ]
}
if [ ! -s "$data/PG_VERSION" ] && [[ $(told) = *'"pause": true'* ]]; then
  pgha_fail "PostgreSQL on $ADDRESS has no data, and in a paused cluster none is copied: \`patronictl resume\` first"
fi
until pgha_within 600 rest health; do
  copies || pgha_fail "PostgreSQL on $ADDRESS doesn't run; last said: $pgha_said. $(pgha-doctor --lost patroni 2>&1)"
  echo "has copied $((copied / 1024)) MiB of the primary" >&2
done
pgha_await 60 "PostgreSQL on $ADDRESS takes new sessions" opens_session

# Patroni takes in its files at its next round: until then it shows its old certificate and wants its old password.
shows() { # PORT FILE [OPTION...]
  cmp <(timeout 5 openssl s_client -connect "$ADDRESS:$1" "${@:3}" </dev/null 2>/dev/null | openssl x509 -outform DER) \
    <(openssl x509 -in "$2" -outform DER)
}
reloaded() {
  local code
  shows 8008 "$tls/rest-server.pem" && shows 5432 "$tls/postgresql.pem" -starttls postgres || return 1
  # A verb that changes nothing, but wants certificate and password all the same.
  code=$(change PATCH config '{}') && [[ $code =~ ^(200|400)$ ]]
}
pgha_await 60 "Patroni on $ADDRESS has taken in its files" reloaded
pgha_await 120 "the cluster's own roles log in with the passwords of $secrets" own_roles_log_in

pgha_await 60 "the cluster's shared settings are those of $shared" shared_settings_set "$shared"
pgha_applied "$restart" "$watchdog_rule" "$shared" "$config" "$secrets" "$parameters" "${pairs[@]}" \
  /usr/local/libexec/pgha/{roles,successor.py,superuser-sql,patch-settings} /etc/patroni/roles.json "$trial_server"
pgha_remove /usr/local/libexec/pgha/scram-verifier

# With other passwords it had to wait until Patroni had taken them in.
pgha_await 60 "a member leads that stays one" leader_stays

# Whoever leads makes them; the others have them once they stream. Tried again, since the leader may change meanwhile.
served() {
  if rest primary >/dev/null 2>&1; then
    roles mend all
  else
    rest replica >/dev/null && roles check all
  fi
}
pgha_await 120 "roles and databases on $ADDRESS are as the cluster needs them" served
pgha_applied "$password_file"

# Something new each time: whatever this run changed has its turn then, see roll.sh.
cat /proc/sys/kernel/random/uuid
