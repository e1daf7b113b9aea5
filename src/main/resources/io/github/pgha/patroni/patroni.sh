# Runs one member of the PostgreSQL cluster and, where it leads, makes the application's role and database and gives the
# roles their passwords.
# APP_USER, APP_DATABASE: the password is in a file.
# SECRETS: tells this script when passwords or keys changed.

pgha_firewalled

config=/etc/patroni/config.d/10-pgha.yml
restart=/etc/systemd/system/patroni.service.d/pgha-restart.conf
watchdog_rule=/etc/udev/rules.d/60-pgha-watchdog.rules
password_file=/etc/patroni/app-password
pairs=("$tls/ca.pem" "$tls"/{rest-server,rest-client,etcd-client,postgresql}.{pem,key})

chmod 0755 /etc/patroni/config.d /usr/local/libexec /usr/local/libexec/pgha
# Where Debian's documentation says that it is, and where root's patronictl looks when it is given no file.
ln -sfn /etc/patroni/config.d /etc/patroni/config.yml
mkdir -p /root/.config/patroni
ln -sfn /etc/patroni/config.d /root/.config/patroni/patronictl.yaml

# set_password ROLE <PASSWORD. Over standard input: neither it nor its verifier belongs into an argument list or a log.
set_password() {
  local stored
  stored=$(/usr/local/libexec/pgha/scram-verifier) || return 1
  {
    printf "\\\\set user %s\n\\\\set stored '%s'\n" "$1" "$stored"
    cat <<'END'
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SELECT format('ALTER ROLE %I PASSWORD %L', :'user', :'stored') \gexec
END
  } | as_postgres -d postgres
}

# Patroni makes the roles before a new cluster's first leader leads, unless it was interrupted there: then it never does.
# No standby can stream without them, so no commit here may wait for one.
make_role() { # KIND
  as_postgres -d postgres -v user="$(setting "postgresql.authentication.$1.username")" -v kind="$1" <<'END'
SET synchronous_commit = 'local';
SELECT format('CREATE ROLE %I LOGIN %s', :'user', CASE :'kind' WHEN 'replication' THEN 'REPLICATION' END)
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SELECT format('GRANT EXECUTE ON FUNCTION pg_catalog.%s TO %I', function, :'user')
  FROM (VALUES ('pg_ls_dir(text, boolean, boolean)'), ('pg_stat_file(text, boolean)'), ('pg_read_binary_file(text)'),
    ('pg_read_binary_file(text, bigint, bigint, boolean)')) AS needed (function)
  WHERE :'kind' = 'rewind' AND NOT has_function_privilege(:'user', 'pg_catalog.' || function, 'EXECUTE') \gexec
END
}
# Whoever leads sets the passwords first. Only then do the others change over, whose open streams go on meanwhile.
passwords_set() {
  local kind leads=
  ! rest primary >/dev/null 2>&1 || leads=yes
  for kind in replication rewind; do
    logs_in "$kind" primary "$MEMBERS" && continue
    [ -n "$leads" ] || return 1
    make_role "$kind" || return 1
    setting "postgresql.authentication.$kind.password" | PGOPTIONS='-c synchronous_commit=local' \
      set_password "$(setting "postgresql.authentication.$kind.username")" || return 1
    logs_in "$kind" primary "$MEMBERS" || return 1
  done
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

# $watchdog_rule is for later boots.
[ ! -c /dev/watchdog ] || chown postgres /dev/watchdog
pgha_units "$unit" "$hardening" "$restart"
pgha_enable patroni
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
# What is there must fit into what all members share: an empty server, on which parameters are tried, knows nothing of it.
too_much() {
  as_postgres -d postgres -v level="$(shared_parameter wal_level replica)" \
    -v slots="$(shared_parameter max_replication_slots 10)" \
    -v prepared="$(shared_parameter max_prepared_transactions 0)" <<'END'
SELECT format('wal_level must be logical while there are logical slots: %s', string_agg(slot_name, ', '))
  FROM pg_replication_slots WHERE slot_type = 'logical' AND :'level' <> 'logical' HAVING count(*) > 0
UNION ALL SELECT format('max_replication_slots must be at least %s: so many slots there are', count(*))
  FROM pg_replication_slots HAVING count(*) > :slots
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
    pgha_await 120 "the roles' passwords are those of $secrets" passwords_set
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
# A standby first copies the primary, which takes as long as there is more to copy. One that Patroni began anew has less.
copied=0
copies() {
  local before=$copied
  copied=$(du -sk "$data" | cut -f1)
  [[ $(told) == *'"state": "creating replica"'* ]] && [ "$copied" -gt "$before" ]
}
until pgha_within 600 rest health; do
  copies || pgha_fail "PostgreSQL on $ADDRESS doesn't run; last said: $pgha_said"
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
pgha_await 120 "the roles' passwords are those of $secrets" passwords_set

pgha_await 60 "the cluster's shared settings are those of $shared" shared_settings_set "$shared"
pgha_applied "$restart" "$watchdog_rule" "$shared" "$config" "$secrets" "$parameters" "${pairs[@]}" \
  /usr/local/libexec/pgha/{scram-verifier,patch-settings} "$trial_server"

# With other passwords it had to wait until Patroni had taken them in.
pgha_await 60 "a member leads that stays one" leader_stays

# Whoever leads makes them; the others have them once they stream. Tried again, since the leader may change meanwhile.
served() {
  if rest primary >/dev/null 2>&1; then
    if pgha_changed "$password_file" || ! exists; then make_database || return 1; fi
  else
    rest replica >/dev/null || return 1
  fi
  exists || { echo "the database $APP_DATABASE isn't there yet"; return 1; }
}
make_database() {
  as_postgres -d postgres -v user="$APP_USER" <<'END' || return 1
SELECT format('CREATE ROLE %I LOGIN', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
END
  set_password "$APP_USER" <"$password_file" || return 1
  as_postgres -d postgres -v database="$APP_DATABASE" -v user="$APP_USER" <<'END' || return 1
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
END
  # Another owner than before gets all of the former one's, who may go on with it until its clients have moved.
  as_postgres -d "$APP_DATABASE" -v user="$APP_USER" <<'END'
BEGIN;
SELECT format('REASSIGN OWNED BY %1$I TO %2$I', r.rolname, :'user'),
    format('REVOKE %1$I FROM %2$I', r.rolname, :'user'), format('GRANT %2$I TO %1$I', r.rolname, :'user')
  FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
  WHERE d.datname = current_database() AND r.rolname NOT IN (:'user', 'postgres') \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), :'user') \gexec
COMMIT;
END
}
exists() {
  [ "$(printf "SELECT 1 FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = :'d' AND r.rolname = :'u'" |
    as_postgres -d postgres -v d="$APP_DATABASE" -v u="$APP_USER")" = 1 ]
}
pgha_await 120 "the database $APP_DATABASE is served by $ADDRESS" served
pgha_applied "$password_file"

# Something new each time: whatever this run changed has its turn then, see roll.sh.
cat /proc/sys/kernel/random/uuid
