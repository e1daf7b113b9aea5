# Runs one member of the PostgreSQL cluster and, where it leads, makes the application's role and database and gives the
# roles their passwords.
# ADDRESS: the member's own address. MEMBERS: all members', with commas. APP_USER, APP_DATABASE: the password is in a file.
# SECRETS: tells this script when passwords or keys changed.

pgha_firewalled

tls=/etc/patroni/tls
config=/etc/patroni/config.d/10-pgha.yml
secrets=/etc/patroni/config.d/20-secrets.yml
shared=/etc/patroni/shared.json
unit=/etc/systemd/system/patroni.service.d/pgha.conf
hardening=/etc/systemd/system/patroni.service.d/pgha-hardening.conf
launcher=/usr/local/libexec/pgha/patroni
restart=/etc/systemd/system/patroni.service.d/pgha-restart.conf
password_file=/etc/patroni/app-password
pairs=("$tls/ca.pem" "$tls"/{rest-server,rest-client,etcd-client,postgresql}.{pem,key})

chmod 0755 /etc/patroni/config.d /usr/local/libexec /usr/local/libexec/pgha
# Where Debian's documentation says that it is, and where root's patronictl looks when it is given no file.
ln -sfn /etc/patroni/config.d /etc/patroni/config.yml
mkdir -p /root/.config/patroni
ln -sfn /etc/patroni/config.d /root/.config/patroni/patronictl.yaml

scratch=$(mktemp -d -p /run pgha.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

as_postgres() { runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
rest() { curl -fsS --max-time 3 --cacert "$tls/ca.pem" "https://$ADDRESS:8008/$1"; }
# setting DOTTED.KEY: prints a value of the file with secrets.
setting() {
  python3 -c 'import functools, sys, yaml
print(functools.reduce(dict.__getitem__, sys.argv[2].split("."), yaml.safe_load(open(sys.argv[1]))))' "$secrets" "$1"
}
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

# logs_in KIND: whether the new password of replication or rewind is that of its role where the primary is.
logs_in() {
  local role database=postgres query='SELECT 1'
  if [ "$1" = replication ]; then
    database='postgres replication=true'
    query=IDENTIFY_SYSTEM
  fi
  role=$(setting "postgresql.authentication.$1.username") || return 1
  printf '*:*:*:%s:%s\n' "$role" "$(setting "postgresql.authentication.$1.password")" >"$scratch/pgpass"
  PGPASSFILE=$scratch/pgpass psql -XAtq -c "$query" "host=$MEMBERS user=$role dbname=$database connect_timeout=3 \
    target_session_attrs=primary sslmode=verify-full sslrootcert=$tls/ca.pem" >/dev/null
}
# Whoever leads sets the passwords first. Only then do the others change over, whose open streams go on meanwhile.
# The roles themselves are Patroni's: in a new cluster they may be still to come.
passwords_set() {
  local kind leads=
  ! rest primary >/dev/null 2>&1 || leads=yes
  for kind in replication rewind; do
    logs_in "$kind" && continue
    [ -n "$leads" ] || return 1
    setting "postgresql.authentication.$kind.password" |
      set_password "$(setting "postgresql.authentication.$kind.username")" || return 1
    logs_in "$kind" || return 1
  done
}

pgha_units "$unit" "$hardening" "$restart"
systemctl -q enable patroni
if pgha_changed "$unit" "$hardening" "$launcher" || ! systemctl -q is-active patroni; then
  systemctl restart patroni
elif pgha_changed "$config" "$secrets" "${pairs[@]}"; then
  if pgha_changed "$secrets" && rest health >/dev/null 2>&1; then
    pgha_await 120 "the roles' passwords are those of $secrets" passwords_set
  fi
  systemctl reload patroni
fi
# A standby first copies the primary.
pgha_await 600 "PostgreSQL on $ADDRESS runs" rest health

change() { # VERB PATH JSON|@FILE: asks Patroni to change something; prints the answer's code
  printf 'user = "%s:%s"\n' "$(setting restapi.authentication.username)" "$(setting restapi.authentication.password)" |
    curl -sS --max-time 3 --cacert "$tls/ca.pem" --cert "$tls/rest-client.pem" --key "$tls/rest-client.key" -K - \
      -o "$scratch/said" -w '%{http_code}' -X "$1" --data "$3" "https://$ADDRESS:8008/$2"
}
# Patroni takes in its files at its next round: until then it shows its old certificate and wants its old password.
shows() { # PORT FILE [OPTION...]
  cmp <(openssl s_client -connect "$ADDRESS:$1" "${@:3}" </dev/null 2>/dev/null | openssl x509 -outform DER) \
    <(openssl x509 -in "$2" -outform DER)
}
reloaded() {
  shows 8008 "$tls/rest-server.pem" && shows 5432 "$tls/postgresql.pem" -starttls postgres || return 1
  # A verb that changes nothing, but wants certificate and password all the same.
  change PATCH config '{}' | grep -qE '^(200|400)$'
}
pgha_await 60 "Patroni on $ADDRESS has taken in its files" reloaded
pgha_await 120 "the roles' passwords are those of $secrets" passwords_set

# Patroni reads the shared settings from its files at the very first start only; later they are in etcd, for all members.
shared_settings_set() {
  local given
  given=$(rest config) || { echo "$given"; return 1; }
  python3 -c 'import json, sys
def lacks(wanted, given):
    if not isinstance(wanted, dict):
        return wanted != given
    return not isinstance(given, dict) or any(lacks(v, given.get(k)) for k, v in wanted.items())
sys.exit(lacks(json.load(open(sys.argv[1])), json.load(sys.stdin)))' "$shared" <<<"$given" && return
  echo "Patroni answered $(change PATCH config "@$shared")"
  return 1
}
pgha_await 60 "the cluster's shared settings are those of $shared" shared_settings_set
pgha_applied "$unit" "$hardening" "$launcher" "$restart" "$shared" "$config" "$secrets" "${pairs[@]}" \
  /usr/local/libexec/pgha/scram-verifier

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
  as_postgres -d postgres -v database="$APP_DATABASE" -v user="$APP_USER" <<'END'
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
END
}
exists() {
  [ "$(printf "SELECT 1 FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = :'d' AND r.rolname = :'u'" |
    as_postgres -d postgres -v d="$APP_DATABASE" -v u="$APP_USER")" = 1 ]
}
pgha_await 120 "the database $APP_DATABASE is served by $ADDRESS" served
pgha_applied "$password_file"
