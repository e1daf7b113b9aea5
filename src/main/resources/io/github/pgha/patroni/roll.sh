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

# The server has read its parameters, and Patroni, which looks a second after a reload, knows which wait for a restart.
taken_in() {
  local said
  said=$(as_postgres -d postgres <<'END'
SELECT current_setting('pgha.parameters', true);
SELECT current_setting('pgha.shared', true);
SELECT name FROM pg_settings WHERE pending_restart;
END
  ) || { echo "$said"; return 1; }
  if [ "$(sed -n 1p <<<"$said")" != "$(fingerprint "$parameters" pgha.parameters)" ] ||
    [ "$(sed -n 2p <<<"$said")" != "$(fingerprint "$shared" pgha.shared)" ]; then
    echo "PostgreSQL hasn't read its files yet"
    return 1
  fi
  # A standby that can't have less of something doesn't wait for it, but Patroni does.
  diff <(sed 1,2d <<<"$said" | sort) <(reasons any | sort) ||
    diff <(sed 1,2d <<<"$said" | sort) <(reasons other | sort)
}

must_restart() { pgha_changed "${at_start[@]}" || has_reasons other; }

take_turn() {
  local since
  # What the member runs with, until it is known to run with something else.
  [ -e "$former" ] || cp "$parameters" "$former"
  if ! cmp -s "$wanted" "$parameters"; then
    take_parameters
    systemctl reload patroni
    say "takes in PostgreSQL's parameters"
  fi
  pgha_await 60 "PostgreSQL on $NAME has read its parameters" taken_in
  if must_restart; then
    # Whoever is away would be missed while this one is.
    pgha_await 60 "the other members serve" serve others
    since=$(date +%s)
    if leads && [[ $MEMBERS = *,* ]]; then
      say "hands over"
      pgha_await 60 "another member than $NAME leads" hand_over
      come_up "$since"
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
      come_up "$since"
    fi
  fi
  pgha_applied "${at_start[@]}" "$parameters" "$wanted"
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

# come_up SINCE: waits until PostgreSQL serves again, else gives it its former parameters back.
come_up() {
  local why
  pgha_await 600 "PostgreSQL on $NAME serves again" up_or_failed
  [ -e "$scratch/failed" ] || return 0
  why=$(journalctl -q -u patroni --since "@$1" -o cat | sed -nE 's/^.*FATAL: +//p' |
    sed '/^terminating/d; /database system is/d' | tail -n 1)
  if cmp -s "$former" "$parameters"; then
    pgha_fail "PostgreSQL doesn't start: ${why:-Patroni\'s journal says why}"
  fi
  pgha_put "$parameters" root:root 0644 <"$former"
  rm "$scratch/failed"
  systemctl restart patroni
  pgha_await 600 "PostgreSQL on $NAME serves again with its former parameters" serve self
  pgha_fail "PostgreSQL doesn't start with its new parameters and runs with its former ones, as all members do:" \
    "${why:-Patroni\'s journal says why}"
}
up_or_failed() {
  local said
  said=$(told) || return 1
  if grep -q '"state": "start failed"' <<<"$said"; then
    touch "$scratch/failed"
    return 0
  fi
  serve self
}

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

former=/etc/patroni/parameters.former.yml
if [ "$ROUND" = leader ] || ! leads; then
  take_turn
fi
if [ -n "$LAST" ]; then
  take_less
fi
