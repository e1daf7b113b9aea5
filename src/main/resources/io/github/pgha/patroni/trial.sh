# Lets PostgreSQL judge parameters before any member is given them. `--check` is how initdb finds out what a host can
# bear: the server reads its configuration, allocates its shared memory, and ends.

conf=/etc/patroni/trial.conf
scratch=$(mktemp -d -p /run pgha.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
chmod 0711 "$scratch"
data=$scratch/data
mkdir -p "$data"/pg_{notify,dynshmem,replslot,stat,stat_tmp,wal}
echo 17 >"$data/PG_VERSION"
cp "$conf" "$data/postgresql.conf"
touch "$data/postgresql.auto.conf"
chown -R postgres: "$data"

if ! said=$(runuser -u postgres -- /usr/lib/postgresql/17/bin/postgres --check -D "$data" 2>&1 </dev/null); then
  # What it complains of, without times, hints and the places in a file that nobody sees.
  why=$(sed -nE 's/^.*(LOG|FATAL|ERROR): +//p' <<<"$said" | sed -E '/contains errors$/d; s/ in file ".*//' |
    paste -sd ';')
  pgha_fail "PostgreSQL refuses its parameters, and no member has them: ${why:-$said}"
fi
pgha_applied "$conf"
