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

scratch=$(mktemp -d -p /run pgha.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

as_postgres() { runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
# rest PATH [ADDRESS]: asks Patroni on this member or another one.
rest() { curl -fsS --max-time 3 --cacert "$tls/ca.pem" "https://${2:-$ADDRESS}:8008/$1"; }
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

# take_parameters: puts the wanted ones where Patroni reads them, at its next reload.
take_parameters() { cmp -s "$wanted" "$parameters" || pgha_put "$parameters" root:root 0644 <"$wanted"; }
