# Functions that every script on a host may use. This text is put before each of them.
# A script is run again after any change and after a run that died half way, so everything here can be repeated.
# REPAIR: set if the script runs to put back what was changed by hand, too. UPDATE: which update of packages is wanted.

# pgha_printable <TEXT: the same text, but with U+FFFD for each byte that is no UTF-8, and lines that end after 60 kB. The Command
# provider fails a step that printed anything else, and waits for ever at the end of a longer line. What comes goes on at once.
pgha_printable() {
  LC_ALL=C perl -e '
    my $char = qr{[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}
      |\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}}x;
    my $half = qr{[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2}};
    my ($text, $width) = ("", 0);
    $| = 1;
    for (;;) {
      my $more = sysread STDIN, $text, 16384, length $text;
      defined $more or die "reading what the script prints: $!\n";
      my $rest = $more && $text =~ s{($half)\z}{} ? $1 : "";
      $text =~ s{($char)|.}{$1 // "\xef\xbf\xbd"}ges if $text =~ m{[\x80-\xff]};
      my $out = "";
      for my $line ($text =~ m{[^\n]*\n|[^\n]+}g) {
        if ($width + length $line > 60000) {
          $out .= "\n";
          $width = 0;
        }
        $out .= $line;
        $width = $line =~ m{\n\z} ? 0 : $width + length $line;
      }
      print $out or die "printing: $!\n";
      last if !$more;
      $text = $rest;
    }'
}
# The rest of this text, as it comes by standard input, runs in a shell of its own. So whatever becomes of it, all that it printed
# is printed before this ends, with its status. Its time is bounded here, since the provider's time-out stops nothing that runs.
# pgha_limit: seconds that it may take; like REPAIR and UPDATE it stands before this text.
if [[ $- = *s* ]]; then
  set -o pipefail
  pgha_status=0
  {
    REPAIR=${REPAIR:-} UPDATE=${UPDATE:-} timeout --kill-after=30 "${pgha_limit:-0}" bash -s "$@" 2>&1 >&3 3>&- |
      pgha_printable >&2 3>&-
  } 3>&1 | pgha_printable || pgha_status=$?
  if [[ $pgha_status = @(124|137) ]] && [ "$SECONDS" -ge "${pgha_limit:-$((SECONDS + 1))}" ]; then
    echo "pgha: $(hostname): the script was stopped, since it must end within $pgha_limit s. The next run goes on from there." >&2
  fi
  exit "$pgha_status"
fi
set -euo pipefail
umask 077
export -n REPAIR UPDATE
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
cd /

pgha_state=/var/lib/pgha
mkdir -p "$pgha_state"/{changed,files}

pgha_fail() {
  echo "pgha: $(hostname): $*" >&2
  exit 1
}

# One script at a time on a host, also when an interrupted run is still at work.
exec 9<>"$pgha_state/lock"
flock -w 900 9 || pgha_fail "another run is still at work here after 15 minutes: process $(cat "$pgha_state/lock")"
echo $$ >"$pgha_state/lock"

pgha_name() { printf '%s' "${1//\//_}"; }
pgha_mark() { printf '%s/changed/%s' "$pgha_state" "$(pgha_name "$1")"; }

# pgha_note PATH OWNER:GROUP MODE SHA256: how the file shall be, for pgha-doctor.
pgha_note() {
  printf '%s %s %s %s\n' "$4" "$3" "$2" "$1" >"$pgha_state/files/.new"
  mv "$pgha_state/files/.new" "$pgha_state/files/$(pgha_name "$1")"
}

# pgha_put PATH OWNER:GROUP MODE <TEXT: makes the file so; marks it as changed if its text differed.
pgha_put() {
  local new sum
  mkdir -p "$(dirname "$1")"
  # A run that died here left what it was about to put in place, which may be a former password.
  rm -f "$1".pgha.??????
  new=$(mktemp "$1.pgha.XXXXXX")
  cat >"$new"
  chown "$2" "$new"
  chmod "$3" "$new"
  # Before the file itself: a run that dies here leaves one that isn't as it shall be, and the doctor says so.
  sum=$(sha256sum <"$new")
  pgha_note "$1" "$2" "$3" "${sum%% *}"
  if cmp -s "$new" "$1"; then
    rm "$new"
    chown "$2" "$1"
    chmod "$3" "$1"
  else
    # The mark comes first: a run that dies here restarts once too often, never once too little.
    : >"$(pgha_mark "$1")"
    mv "$new" "$1"
  fi
}

# pgha_remove PATH...: takes files of pgha_put away; a folder, named with a / at its end, with all that is in it.
pgha_remove() {
  local path name
  for path; do
    name=$(pgha_name "$path")
    rm -rf "$path"
    rm -f "$pgha_state"/{files,changed}/"$name"
    if [[ $path = */ ]]; then rm -f "$pgha_state"/{files,changed}/"$name"*; fi
  done
}

# pgha_changed PATH...: whether one of them changed since the service took it in (see pgha_applied).
pgha_changed() {
  local path
  for path; do
    [ ! -e "$(pgha_mark "$path")" ] || return 0
  done
  return 1
}

# pgha_applied PATH...: the service runs with these now.
pgha_applied() {
  local path
  for path; do
    rm -f "$(pgha_mark "$path")"
  done
}

# pgha_units FILE...: makes systemd read units and drop-ins again if one of them changed. The service has to be restarted still.
pgha_units() {
  local file
  for file; do
    chmod 0755 "$(dirname "$file")"
  done
  # A repair: somebody else's changes of units may wait to be read, too.
  if pgha_changed "$@" || [ -n "${REPAIR:-}" ]; then
    systemctl daemon-reload
  fi
}

# pgha_enable UNIT...: lets them start at every boot. A repair does so even if somebody has masked them.
pgha_enable() {
  if [ -n "${REPAIR:-}" ]; then
    systemctl -q unmask "$@"
  fi
  systemctl -q enable "$@"
}

# pgha_firewalled: makes sure of the packet filter, where the host has ours. Rules on trial are confirmed, which a script
# may do since it comes by a connection of its own.
pgha_firewalled() {
  local said tool=/usr/local/libexec/pgha/firewall
  if [ -x "$tool" ]; then
    said=$("$tool" settle 2>&1) || pgha_fail "$said"
  fi
}

# pgha_within SECONDS COMMAND...: whether the command succeeds in time. What it said last is in pgha_said.
pgha_within() {
  local deadline=$((SECONDS + $1))
  shift
  until pgha_said=$("$@" 2>&1); do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}
# pgha_await SECONDS WHAT COMMAND...: waits until the command succeeds. What it said then is in pgha_said.
pgha_await() {
  pgha_within "$1" "${@:3}" || pgha_fail "$2: not within $1 s; last said: $pgha_said"
}
