# Runs one member of the PostgreSQL cluster and, where it leads, makes the application's role and database.
# ADDRESS: the member's own address. APP_USER, APP_DATABASE: see above; the password is in a file.

config=/etc/patroni/config.d/10-pgha.yml
secrets=/etc/patroni/config.d/20-secrets.yml
unit=/etc/systemd/system/patroni.service.d/pgha.conf
password_file=/etc/patroni/app-password

chmod 0755 /etc/systemd/system/patroni.service.d /etc/patroni/config.d
# Where patronictl looks when it is given no file.
ln -sfn /etc/patroni/config.d /etc/patroni/config.yml

if pgha_changed "$unit"; then
  systemctl daemon-reload
fi
systemctl -q enable patroni
if pgha_changed "$unit" || ! systemctl -q is-active patroni; then
  systemctl restart patroni
elif pgha_changed "$config" "$secrets"; then
  systemctl reload patroni
fi
rest() { curl -fsS --max-time 3 "http://$ADDRESS:8008/$1"; }
pgha_await 180 "PostgreSQL on $ADDRESS runs" rest health
pgha_applied "$unit" "$config" "$secrets"

as_postgres() { runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 "$@"; }

make_database() {
  # The password goes over standard input, and is hashed before the server's log could see the statement.
  {
    printf '\\set user %s\n\\set database %s\n' "$APP_USER" "$APP_DATABASE"
    printf '\\set password %s\n' "$(cat "$password_file")"
    cat <<'EOF'
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET password_encryption = 'scram-sha-256';
SELECT format('CREATE ROLE %I LOGIN', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'user', :'password') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
EOF
  } | as_postgres -d postgres
}

# Whoever leads makes them; the others have them once they stream. Tried again, since the leader may change meanwhile.
served() {
  if rest primary >/dev/null 2>&1; then
    if pgha_changed "$password_file" || ! exists; then make_database; fi
  else
    rest replica >/dev/null
  fi
  exists || { echo "the database $APP_DATABASE isn't there yet"; return 1; }
}
exists() {
  [ "$(printf "SELECT 1 FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = :'d' AND r.rolname = :'u'" |
    as_postgres -d postgres -v d="$APP_DATABASE" -v u="$APP_USER")" = 1 ]
}
pgha_await 120 "the database $APP_DATABASE is served by $ADDRESS" served
pgha_applied "$password_file"
