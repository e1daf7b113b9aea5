# What scripts on a member share. ADDRESS: the member's own address. MEMBERS: all members', with commas.

tls=/etc/patroni/tls
secrets=/etc/patroni/config.d/20-secrets.yml
shared=/etc/patroni/shared.json
unit=/etc/systemd/system/patroni.service.d/pgha.conf
hardening=/etc/systemd/system/patroni.service.d/pgha-hardening.conf
launcher=/usr/local/libexec/pgha/patroni
# Patroni reads these at its start only.
at_start=("$unit" "$hardening" "$launcher")
# PostgreSQL's parameters as the member has them, and as it shall have them when it is its turn.
parameters=/etc/patroni/config.d/15-parameters.yml
wanted=/etc/patroni/parameters.yml
# The same as they were when the member last took all of them in.
former=/etc/patroni/parameters.former.yml
former_shared=/etc/patroni/shared.former.json
data=/var/lib/postgresql/17/pgha

scratch=$(mktemp -d -p /run pgha.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

as_postgres() { /usr/local/libexec/pgha/superuser-sql "$@"; }
# A new session is what clients need: one that Patroni has kept open tells nothing of it, nor does one with settings of ours.
opens_session() { PGCONNECT_TIMEOUT=5 runuser -u postgres -- psql -XAtq -d postgres -c 'SELECT 1' >/dev/null; }
# refused TEXT: whether what a failed session said is for good.
refused() { [[ $1 = *FATAL* && ! $1 =~ (too many|reserved for|starting up|shutting down|recovery) ]]; }
# rest PATH [ADDRESS]: asks Patroni on this member or another one.
rest() { curl -fsS --max-time 3 --cacert "$tls/ca.pem" "https://${2:-$ADDRESS}:8008/$1"; }
# told [ADDRESS]: what Patroni says of a member, whether PostgreSQL runs there or not.
told() { curl -sS --max-time 3 --cacert "$tls/ca.pem" "https://${1:-$ADDRESS}:8008/patroni"; }
# setting DOTTED.KEY: prints a value of the file with secrets.
setting() {
  python3 -c 'import functools, sys, yaml
print(functools.reduce(dict.__getitem__, sys.argv[2].split("."), yaml.safe_load(open(sys.argv[1]))))' "$secrets" "$1"
}
# change VERB PATH JSON|@FILE [SECONDS [ADDRESS]]: asks Patroni to change something; prints the answer's code.
change() {
  printf 'user = "%s:%s"\n' "$(setting restapi.authentication.username)" "$(setting restapi.authentication.password)" |
    curl -sS --max-time "${4:-3}" --cacert "$tls/ca.pem" -K - \
      --cert "$tls/rest-client.pem" --key "$tls/rest-client.key" \
      -o "$scratch/said" -w '%{http_code}' -X "$1" --data "$3" "https://${5:-$ADDRESS}:8008/$2"
}

# logs_in KIND any|primary HOSTS: whether the password of replication or rewind is that of its role on one of the hosts, over TLS.
# One after the other, since libpq asks no other host after one that answers with an error.
logs_in() {
  local role database=postgres query='SELECT 1' host
  if [ "$1" = replication ]; then
    database='postgres replication=true'
    query=IDENTIFY_SYSTEM
  fi
  role=$(setting "postgresql.authentication.$1.username") || return 1
  printf '*:*:*:%s:%s\n' "$role" "$(setting "postgresql.authentication.$1.password")" >"$scratch/pgpass"
  for host in ${3//,/ }; do
    PGPASSFILE=$scratch/pgpass psql -XAtq -c "$query" "host=$host user=$role dbname=$database connect_timeout=5 \
      target_session_attrs=$2 sslmode=verify-full sslrootcert=$tls/ca.pem" >/dev/null && return
  done
  return 1
}
# usable: whether new sessions work on this member: by the socket, and over TLS for an ordinary role and for replication.
usable() {
  local said
  said=$(opens_session 2>&1 && logs_in rewind any "$ADDRESS" 2>&1 && logs_in replication any "$ADDRESS" 2>&1) && return
  echo "$said"
  # So many have one that there is none for us.
  [[ $said = *"too many clients"* || $said = *"connection slots are reserved"* ]]
}

# members FILTER: a line for each member that Patroni knows with its name, address, role and state. FILTER: stay for those
# of the cluster as it shall be, leave for those who are no members any more.
members() {
  local cluster
  cluster=$(rest cluster) || return 1
  python3 -c 'import json, sys
kind, wanted = sys.argv[1], sys.argv[2].split(",")
for m in json.load(sys.stdin)["members"]:
    if (m["host"] in wanted) == (kind == "stay"):
        print(m["name"], m["host"], m["role"], m["state"])' "$1" "$MEMBERS" <<<"$cluster"
}
# hand_over_from NAME: asks that another member leads. While somebody is about to leave, who takes over is one of those who stay.
hand_over_from() {
  local leaving candidate=
  leaving=$(members leave) || return 1
  if [ -n "$leaving" ]; then
    # Those who have every commit first.
    candidate=$(members stay | awk -v leader="$1" '$1 != leader && $4 == "streaming" { print $3 == "replica", $1 }' |
      sort | awk 'NR == 1 { print $2 }')
    [ -n "$candidate" ] || { echo "no member that stays streams"; return 1; }
    candidate=", \"candidate\": \"$candidate\""
  fi
  echo "Patroni answered $(change POST switchover "{\"leader\": \"$1\"$candidate}" 60): $(cat "$scratch/said")"
  return 1
}

# Patroni reads the shared settings from its files at the very first start only; later they are in etcd, for all members.
# shared_settings_set FILE: whether they are those of the file; if not, they shall be.
shared_settings_set() {
  local given
  given=$(rest config) || { echo "$given"; return 1; }
  /usr/local/libexec/pgha/patch-settings "$1" <<<"$given" >"$scratch/patch"
  [ -s "$scratch/patch" ] || return 0
  echo "Patroni answered $(change PATCH config "@$scratch/patch")"
  return 1
}

# take_parameters: puts the wanted ones where Patroni reads them, at its next reload.
take_parameters() { cmp -s "$wanted" "$parameters" || pgha_put "$parameters" root:root 0644 <"$wanted"; }
