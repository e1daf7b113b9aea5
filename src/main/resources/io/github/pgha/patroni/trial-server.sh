#!/bin/bash
# trial-server.sh CONFIGURATION: starts a scratch server with it and the host's own TLS files, and uses it as clients do.
# Says what PostgreSQL objects to and fails, or says nothing. Runs as postgres, in a unit that is like Patroni's, see try.sh.
set -euo pipefail
export LC_ALL=C.UTF-8 PGCONNECT_TIMEOUT=20
bin=/usr/lib/postgresql/17/bin
tls=/etc/patroni/tls
port=54329
scratch=$(mktemp -d)
ended() {
  [ ! -e data/postmaster.pid ] || "$bin/pg_ctl" stop -s -m immediate -D data >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
trap ended EXIT
cd "$scratch"

# What is complained of, without times, hints and the places in a file that nobody sees.
complaints() {
  sed -nE 's/^.*(LOG|FATAL|ERROR|PANIC): +//p' | sed -E '/contains errors$/d; s/ in file ".*//' | paste -sd ';'
}
refuse() {
  echo "$*"
  exit 1
}

# As it is: what is put in its place below isn't looked at there.
mkdir -p check/pg_{notify,dynshmem,replslot,stat,stat_tmp,wal}
chmod 0700 check
echo 17 >check/PG_VERSION
cp "$1" check/postgresql.conf
touch check/postgresql.auto.conf
if ! said=$("$bin/postgres" --check -D check 2>&1 </dev/null); then
  why=$(complaints <<<"$said")
  refuse "${why:-$said}"
fi

# As Patroni makes a cluster.
said=$("$bin/initdb" -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 -k -N --no-instructions 2>&1) || refuse "$said"
cat "$1" >>data/postgresql.conf
cat >data/pg_hba.conf <<'END'
local all all trust
hostssl all all 127.0.0.1/32 trust
hostssl replication all 127.0.0.1/32 trust
END
own=(-c listen_addresses=127.0.0.1 -c "port=$port" -c "unix_socket_directories=$scratch" -c fsync=off
  # Nothing of it goes to an archive.
  -c archive_timeout=0)
verify="sslmode=verify-ca sslrootcert=$tls/ca.pem"
if [ ! -s "$tls/postgresql.key" ] || [ ! -s "$tls/postgresql.pem" ]; then
  # A new host has none yet: one of their kind.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /O=trial \
    -keyout key -out certificate 2>/dev/null
  own+=(-c "ssl_key_file=$scratch/key" -c "ssl_cert_file=$scratch/certificate")
  verify=sslmode=require
fi
# Its pages would have to be there twice: that there are enough is what can be asked.
if [ "$("$bin/postgres" -C huge_pages -D data)" = on ] &&
  [ "$("$bin/postgres" -C shared_memory_size_in_huge_pages -D data 2>/dev/null)" -le \
    "$(sed -nE 's/^HugePages_Total: +//p' /proc/meminfo)" ]; then
  own+=(-c huge_pages=try)
fi

start() { "$bin/pg_ctl" start -s -w -t 60 -D data -l "$1" -o "${own[*]@Q}"; }
if ! start log >ctl 2>&1; then
  # What it says of it may be in a file of its own, in another language, or not to be said at all.
  own+=(-c logging_collector=off -c log_destination=stderr -c log_min_messages=warning -c lc_messages=C)
  "$bin/pg_ctl" stop -s -m immediate -D data >/dev/null 2>&1 || true
  start log >>ctl 2>&1 || true
  why=$(sed -nE 's/^.*(FATAL|PANIC): +//p' log | tail -n 1)
  refuse "it doesn't start: ${why:-$(cat ctl log)}"
fi

# A session that doesn't come in time is as bad as one that is refused.
session() { # CONNECTION; SQL comes by standard input
  local said code=0
  said=$(timeout 30 "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -f - "$1" 2>&1 >out) || code=$?
  [ "$code" -ne 124 ] || refuse "a new session isn't served within 30 s"
  if [ "$code" -ne 0 ]; then
    why=$(sed -nE 's/^.*(FATAL|ERROR|PANIC|error): +//p' <<<"$said" | tail -n 1)
    refuse "a new session fails: ${why:-$said}"
  fi
}
here="host=$scratch port=$port"
over_tls="host=127.0.0.1 port=$port $verify"
session "$here user=postgres dbname=postgres" <<'END'
CREATE ROLE trial LOGIN PASSWORD 'trial';
CREATE DATABASE trial OWNER trial;
SELECT 'LOAD ' || quote_literal(setting) FROM pg_settings WHERE name = 'archive_library' AND setting <> '' \gexec
SELECT name, setting FROM pg_settings
  WHERE name IN ('archive_command', 'archive_cleanup_command', 'recovery_end_command', 'restore_command');
END
# A shell that doesn't find its command ends PostgreSQL's archiver, a recovery, or a promotion.
while IFS='|' read -r name command; do
  read -r word _ <<<"$command" || true
  if [[ $word =~ ^[A-Za-z0-9_./-]+$ ]] && ! command -v -- "$word" >/dev/null; then
    refuse "$name: '$word' isn't a command of this host"
  fi
done <out
# A search_path may name what is in the databases to come only.
session "$over_tls user=trial dbname=trial" <<'END'
CREATE TABLE public.trial (id int PRIMARY KEY, note text);
INSERT INTO public.trial SELECT i, 'note ' || i FROM generate_series(1, 1000) i;
BEGIN;
UPDATE public.trial SET note = note || '.' WHERE id > 500;
DELETE FROM public.trial WHERE id = 1;
COMMIT;
CREATE TEMPORARY TABLE temporary AS SELECT * FROM public.trial;
DO $$ BEGIN PERFORM count(*) FROM public.trial t JOIN public.trial u USING (id); END $$;
DROP TABLE public.trial;
END
session "$over_tls user=postgres dbname=postgres replication=true" <<<'IDENTIFY_SYSTEM;'
