# What scripts share that let PostgreSQL judge parameters before a member has them.

trial_conf=/etc/patroni/trial.conf
trial_server=/usr/local/libexec/pgha/trial-server.sh

# try_parameters: starts a scratch server with them. It may do what Patroni's unit lets PostgreSQL do, and nothing of it reaches
# another machine.
try_parameters() {
  local unit=pgha-trial.service said=$scratch/trial why
  chmod 0755 /etc/patroni /usr/local/libexec /usr/local/libexec/pgha
  {
    systemctl cat patroni
    # A new host hasn't got it yet.
    [ -e "$hardening" ] || echo "$HARDENING"
    printf '%s\n' '[Unit]' ConditionPathExists= '[Service]' User=postgres Group=postgres Type=oneshot Restart=no \
      KillMode=control-group TimeoutStartSec=300 PrivateNetwork=yes ExecReload= ExecStart= "ExecStart=$trial_server $trial_conf" \
      "StandardOutput=file:$said" StandardError=inherit
  } >"/run/systemd/system/$unit"
  : >"$said"
  systemctl daemon-reload
  # One that a killed run has left ends first.
  systemctl restart "$unit" 2>/dev/null || why=$(paste -sd ' ' "$said")
  rm "/run/systemd/system/$unit"
  if [ -n "${why+failed}" ]; then
    systemctl reset-failed "$unit"
    [ -n "$why" ] || why="it didn't answer, and 'journalctl -u pgha-trial' says why"
    pgha_fail "PostgreSQL refuses its parameters, and no member has them: $why"
  fi
  pgha_applied "$trial_conf" "$trial_server"
}
