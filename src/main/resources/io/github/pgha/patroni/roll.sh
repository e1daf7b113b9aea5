# One member's turn to take in PostgreSQL's parameters, and to restart if it has to. No other member has its turn
# meanwhile: these scripts run one after the other.
# NAME: the member's name. ROUND: standby, in which a leader does nothing, or leader, for who led then. LAST: not empty
# on the last member of the last round. AFTER: tells this script when something may wait for its turn.

say() { echo "$NAME: $*" >&2; }
leads() { rest leader >/dev/null 2>&1; }

# reasons KIND [ADDRESS]: names of parameters that wait for a restart of a member. Of some a standby must not have less
# than its primary, so less of them waits for the primary: 'less' for these only, 'other' for the others, or 'any'.
reasons() {
  local said
  said=$(told "${2:-$ADDRESS}") || return 1
  python3 -c '
import json, sys
held = {"max_connections", "max_prepared_transactions", "max_locks_per_transaction", "max_wal_senders",
        "max_worker_processes"}
for name, values in json.load(sys.stdin).get("pending_restart_reason", {}).items():
    old, new = str(values["old_value"]), str(values["new_value"])
    kind = "less" if name in held and old.isdigit() and new.isdigit() and int(new) < int(old) else "other"
    if sys.argv[1] in ("any", kind):
        print(name)' "$1" <<<"$said"
}
# A member that has just come back may be slow to answer.
note_reasons() { reasons "$@" >"$scratch/reasons"; }
has_reasons() {
  pgha_await 60 "Patroni on ${2:-$ADDRESS} tells what waits for a restart" note_reasons "$@"
  [ -s "$scratch/reasons" ]
}

# serve all|self|others: whether the leader runs and standbys stream.
serve() {
  local cluster
  cluster=$(rest cluster) || { echo "$cluster"; return 1; }
  python3 -c '
import json, sys
which, name, wanted = sys.argv[1:]
members = [m for m in json.load(sys.stdin)["members"] if m["host"] in wanted.split(",")
           and (which == "all" or (m["name"] == name) == (which == "self"))]
bad = ["%s is %s" % (m["name"], m["state"]) for m in members
       if m["state"] != ("running" if m["role"] == "leader" else "streaming")]
if which == "all" and not any(m["role"] == "leader" for m in members):
    bad.append("no member leads")
print(", ".join(bad))
sys.exit(bool(bad))' "$1" "$NAME" "$MEMBERS" <<<"$cluster"
}

# fingerprint FILE NAME: that of a file's parameters.
fingerprint() { sed -nE "s/^ *\"?$2\"?: \"?([0-9a-f]+)\"?,?\$/\1/p" "$1"; }

# Whether the server has read the member's own file, and has taken all of it: of a file with a bad value it takes the others.
read_own() {
  local said bad
  said=$(as_postgres -d postgres <<'END'
SELECT current_setting('pgha.parameters', true);
SELECT format('%s: %s', f.name, f.error) FROM pg_file_settings f LEFT JOIN pg_settings s ON s.name = lower(f.name)
  WHERE f.error IS NOT NULL AND s.pending_restart IS DISTINCT FROM true;
END
  ) || { echo "$said"; return 1; }
  bad=$(sed 1d <<<"$said" | paste -sd ';')
  if [ "$(sed -n 1p <<<"$said")" != "$(fingerprint "$parameters" pgha.parameters)" ]; then
    echo "PostgreSQL hasn't read its file yet"
    return 1
  fi
  [ -z "$bad" ] || { echo "$bad"; return 1; }
}
# A server that says this goes on with TLS as it has it, but couldn't start so, nor take new certificates in.
tls_refused='SSL configuration was not reloaded|DH parameters'
# The server has read its parameters, and Patroni, which looks a second after a reload, knows which wait for a restart.
taken_in() {
  local said words
  read_own || return 1
  said=$(as_postgres -d postgres <<'END'
SELECT current_setting('pgha.shared', true);
SELECT name FROM pg_settings WHERE pending_restart;
END
  ) || { echo "$said"; return 1; }
  if [ "$(sed -n 1p <<<"$said")" != "$(fingerprint "$shared" pgha.shared)" ]; then
    echo "PostgreSQL hasn't read the shared settings yet"
    return 1
  fi
  words=$(server_says)
  if [[ $words =~ $tls_refused ]]; then
    sed -nE 's/^.*(LOG|FATAL|ERROR): +//p' <<<"$words" | grep -E -B 1 -m 1 "$tls_refused" | paste -sd ';'
    return 1
  fi
  # A standby that can't have less of something doesn't wait for it, but Patroni does.
  diff <(sed 1d <<<"$said" | sort) <(reasons any | sort) ||
    diff <(sed 1d <<<"$said" | sort) <(reasons other | sort)
}

# Also done where it is certain that it won't be so.
taken_in_or_refused() {
  local said
  if said=$(taken_in 2>&1); then return; fi
  echo "$said"
  if refused "$said" || [[ $said =~ $tls_refused ]]; then
    touch "$scratch/failed"
    return
  fi
  return 1
}
serves_sessions() { serve self && usable; }
must_restart() { pgha_changed "${at_start[@]}" || has_reasons other; }

# What PostgreSQL has said since this turn began, in Patroni's journal or in files of its own.
note_logs() {
  date +%s >"$scratch/since"
  logs | while read -r file; do echo "$(stat -c %s "$file") $file"; done >"$scratch/logs"
}
logs() { [ ! -e "$data/current_logfiles" ] || (cd "$data" && cut -d ' ' -f 2- current_logfiles | xargs -rd '\n' realpath -e); }
server_says() {
  local file
  journalctl -q -u patroni --since "@$(cat "$scratch/since")" -o cat
  for file in $(logs); do
    tail -c "+$(($(awk -v file="$file" '$2 == file { print $1 }' "$scratch/logs") + 1))" "$file"
  done
}

take_turn() {
  note_logs
  # What the member runs with, until it is known to run with something else.
  [ -e "$former" ] || cp "$parameters" "$former"
  if ! cmp -s "$wanted" "$parameters"; then
    take_parameters
    systemctl reload patroni
    say "takes in PostgreSQL's parameters"
  fi
  if ! pgha_within 60 taken_in_or_refused || [ -e "$scratch/failed" ]; then
    give_back "doesn't take in its new parameters" "$(last_words "$pgha_said")"
  fi
  pgha_within 20 serves_sessions || give_back "refuses sessions with its new parameters" "$(last_words "$pgha_said")"
  if must_restart; then
    # Whoever is away would be missed while this one is.
    pgha_await 60 "the other members serve" serve others
    date +%s >"$scratch/since"
    if leads && [[ $MEMBERS = *,* ]]; then
      say "hands over"
      pgha_await 60 "another member than $NAME leads" hand_over
      come_up
    fi
    # A leader that handed over has restarted PostgreSQL with its new parameters.
    if must_restart; then
      say "restarts"
      if pgha_changed "${at_start[@]}"; then
        systemctl restart patroni
      else
        # Whether it comes up is looked at below.
        ask_restart "$ADDRESS" >/dev/null || true
      fi
      come_up
    fi
  fi
  pgha_applied "${at_start[@]}" "$parameters" "$wanted"
  cp "$shared" "$former_shared"
  rm "$former"
}

hand_over() {
  leads || return 0
  hand_over_from "$NAME"
}

# ask_restart ADDRESS: of PostgreSQL only. The answer comes when it is up again, or can't be.
ask_restart() {
  local code
  code=$(change POST restart '{"timeout": 60}' 120 "$1") && [ "$code" = 200 ] && return
  echo "Patroni answered $code: $(cat "$scratch/said")"
  return 1
}

# come_up: waits until PostgreSQL serves again after a restart, and takes sessions.
come_up() {
  touch "$scratch/restarted"
  rm -f "$scratch"/{failed,runs}
  pgha_within 600 up_or_failed || echo "doesn't serve after a restart" >"$scratch/failed"
  [ ! -e "$scratch/failed" ] || give_back "$(cat "$scratch/failed") with its new parameters" "$(last_words "$pgha_said")"
}
up_or_failed() {
  local said
  said=$(told) || return 1
  if grep -q '"state": "start failed"' <<<"$said"; then
    echo "doesn't start" >"$scratch/failed"
    return 0
  fi
  serves_sessions && return
  # How long a start takes depends on how much there is to replay. One that has started is soon as it will be, also where
  # Patroni isn't let in to see it.
  if grep -Eq '^ready *$' "$data/postmaster.pid"; then
    [ -e "$scratch/runs" ] || touch "$scratch/runs"
    if [ $(($(date +%s) - $(stat -c %Y "$scratch/runs"))) -ge 60 ]; then
      echo "doesn't serve" >"$scratch/failed"
      return 0
    fi
  fi
  return 1
}

# last_words TEXT: why it failed, as PostgreSQL says it: to whoever asked for a session, or to itself.
last_words() {
  local why
  why=$(sed -nE 's/^.*FATAL: +//p' <<<"$1" | tail -n 1)
  if [ -z "$why" ] && [ -e "$scratch/restarted" ]; then
    why=$(server_says | sed -nE 's/^.*(FATAL|PANIC): +//p' |
      sed '/^terminating/d; /database system is/d; /authentication failed/d; /does not exist$/d' | tail -n 1)
  fi
  echo "${why:-$1}"
}

# give_back WHAT WHY: the member runs with what it had before, and this script fails.
give_back() {
  local what="PostgreSQL on $NAME $1" why=${2:-"Patroni's journal says why"} shares='' given=''
  if ! cmp -s "$former" "$parameters"; then
    pgha_put "$parameters" root:root 0644 <"$former"
    given=yes
    if [ -e "$scratch/restarted" ]; then systemctl restart patroni; else systemctl reload patroni; fi
  fi
  if [ -z "$given" ] || ! pgha_within 60 back; then
    # All members have them in etcd, and this one is the first to live with them.
    if [ -e "$former_shared" ] && ! cmp -s "$shared" "$former_shared"; then
      pgha_await 60 "the cluster's shared settings are those of $former_shared" shared_settings_set "$former_shared"
      shares=yes
    fi
    # Patroni may not take in by a reload what it would have to ask PostgreSQL for.
    if [ -e "$scratch/restarted" ] || ! pgha_within 30 back; then systemctl restart patroni; fi
    pgha_within 600 back || pgha_fail "$what, and doesn't serve with its former ones either: $why; last said: $pgha_said"
  fi
  pgha_fail "$what and runs with its former ones again${shares:+, as all members do}: $why"
}
back() { serves_sessions && read_own; }

# Less of some parameters the primary must have first, where it leads: then the standbys may.
take_less() {
  local address
  for address in $(addresses leader) $(addresses standby); do
    for _ in 1 2 3; do
      pgha_await 60 "all members serve" serve all
      # A standby learns from the primary's log what that has, so one may have been too early.
      has_reasons any "$address" || continue 2
      say "restarts PostgreSQL on $address"
      pgha_await 60 "PostgreSQL on $address restarts" ask_restart "$address"
    done
    pgha_await 60 "all members serve" serve all
    ! has_reasons any "$address" || pgha_fail "PostgreSQL on $address waits for a restart after three"
  done
}
addresses() { # leader|standby
  members stay | awk -v which="$1" '($3 == "leader") == (which == "leader") { print $2 }'
}

if [ "$ROUND" = leader ] || ! leads; then
  take_turn
fi
if [ -n "$LAST" ]; then
  take_less
fi
