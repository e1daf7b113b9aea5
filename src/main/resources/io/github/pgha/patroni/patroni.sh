# Runs one member of the PostgreSQL cluster and, where it leads, makes the application's role and database.
# ADDRESS: the member's own address. APP_USER, APP_DATABASE: see above; the password is in a file.

pgha_firewalled

config=/etc/patroni/config.d/10-pgha.yml
secrets=/etc/patroni/config.d/20-secrets.yml
unit=/etc/systemd/system/patroni.service.d/pgha.conf
hardening=/etc/systemd/system/patroni.service.d/pgha-hardening.conf
password_file=/etc/patroni/app-password

chmod 0755 /etc/patroni/config.d
# Where Debian's documentation says that it is, and where root's patronictl looks when it is given no file.
ln -sfn /etc/patroni/config.d /etc/patroni/config.yml
mkdir -p /root/.config/patroni
ln -sfn /etc/patroni/config.d /root/.config/patroni/patronictl.yaml

pgha_units "$unit" "$hardening"
systemctl -q enable patroni
if pgha_changed "$unit" "$hardening" || ! systemctl -q is-active patroni; then
  systemctl restart patroni
elif pgha_changed "$config" "$secrets"; then
  systemctl reload patroni
fi
rest() { curl -fsS --max-time 3 "http://$ADDRESS:8008/$1"; }
# A standby first copies the primary.
pgha_await 600 "PostgreSQL on $ADDRESS runs" rest health
pgha_applied "$unit" "$hardening" "$config" "$secrets"

as_postgres() { runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 "$@"; }

# Prints what PostgreSQL stores of a password (SCRAM-SHA-256), so that the password itself never reaches the server.
verifier() {
  python3 - "$password_file" <<'EOF'
import base64, hashlib, hmac, os, sys
with open(sys.argv[1], encoding="utf-8") as file:
    password = file.read().rstrip("\n")
salt, rounds = os.urandom(16), 4096
salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
server = hmac.digest(salted, b"Server Key", "sha256")
text = [base64.b64encode(part).decode() for part in (salt, client, server)]
print("SCRAM-SHA-256$%d:%s$%s:%s" % (rounds, *text))
EOF
}

make_database() {
  local stored
  stored=$(verifier) || return 1
  # Over standard input: the verifier belongs into no argument list and no log either.
  {
    printf "\\\\set user %s\n\\\\set database %s\n\\\\set stored '%s'\n" "$APP_USER" "$APP_DATABASE" "$stored"
    cat <<'EOF'
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SELECT format('CREATE ROLE %I LOGIN', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'user', :'stored') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
EOF
  } | as_postgres -d postgres
}

# Whoever leads makes them; the others have them once they stream. Tried again, since the leader may change meanwhile.
served() {
  if rest primary >/dev/null 2>&1; then
    if pgha_changed "$password_file" || ! exists; then make_database || return 1; fi
  else
    rest replica >/dev/null || return 1
  fi
  exists || { echo "the database $APP_DATABASE isn't there yet"; return 1; }
}
exists() {
  [ "$(printf "SELECT 1 FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = :'d' AND r.rolname = :'u'" |
    as_postgres -d postgres -v d="$APP_DATABASE" -v u="$APP_USER")" = 1 ]
}
pgha_await 120 "the database $APP_DATABASE is served by $ADDRESS" served
pgha_applied "$password_file"
