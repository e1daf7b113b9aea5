#!/usr/bin/env bash
# Runs on the leader: two servers beside the cluster's own, one with its parameters and one with Debian's defaults.
# start SCALE | run ours|debian SCRIPT PGBENCH-OPTION... | stop
set -euo pipefail
cd /
base=/var/lib/postgresql/bench
bin=/usr/lib/postgresql/17/bin
port() { case $1 in ours) echo 5441 ;; debian) echo 5442 ;; esac; }
as_postgres() { runuser -u postgres -- "$@"; }

case $1 in
  start)
    # The cluster's settings that bear on memory, WAL and storage, as its server has them.
    settings=$(as_postgres psql -XAtc "
      select format('%s = %L', name, current_setting(name)) from pg_settings where name in ('shared_buffers',
        'effective_cache_size', 'maintenance_work_mem', 'work_mem', 'random_page_cost', 'effective_io_concurrency',
        'wal_compression', 'wal_buffers', 'min_wal_size', 'max_wal_size', 'checkpoint_timeout', 'max_connections')
        and source not in ('default', 'override')")
    for name in ours debian; do
      data=$base/$name
      as_postgres mkdir -p -m 700 "$base"
      as_postgres "$bin/initdb" --no-sync --data-checksums -D "$data" >/dev/null
      {
        echo "port = $(port "$name")"
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$base'"
        [ "$name" = debian ] || echo "$settings"
      } >>"$data/postgresql.auto.conf"
      as_postgres "$bin/pg_ctl" -w -s -D "$data" -l "$base/$name.log" start
      as_postgres "$bin/pgbench" -h "$base" -p "$(port "$name")" -q -i --scale "$2" postgres
      as_postgres psql -Xqh "$base" -p "$(port "$name")" -c vacuum -c checkpoint
    done
    ;;
  run)
    name=$2 script=$3
    shift 3
    as_postgres "$bin/pgbench" -h "$base" -p "$(port "$name")" "$@" --builtin "$script" postgres 2>/dev/null
    ;;
  stop)
    for name in ours debian; do
      [ ! -e "$base/$name/postmaster.pid" ] || as_postgres "$bin/pg_ctl" -w -s -m immediate -D "$base/$name" stop
    done
    rm -rf "$base"
    ;;
esac
