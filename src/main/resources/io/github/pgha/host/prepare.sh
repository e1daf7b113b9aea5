# Installs what the host's roles need, in one call.
# PACKAGES: names, separated by spaces.

sysctl=/etc/sysctl.d/60-pgha.conf
if pgha_changed "$sysctl" || [ -n "${REPAIR:-}" ]; then
  /usr/lib/systemd/systemd-sysctl "$sysctl"
  pgha_applied "$sysctl"
fi

sshd_config=/etc/ssh/sshd_config.d/10-pgha.conf
if pgha_changed "$sshd_config"; then
  if ! said=$(sshd -t 2>&1); then
    # With a file that it refuses, the next boot would have no sshd.
    rm "$sshd_config"
    pgha_fail "sshd refuses its configuration: $said"
  fi
  # Connections that exist go on.
  systemctl reload ssh
  pgha_applied "$sshd_config"
fi

pgha_applied /usr/local/sbin/pgha-doctor /etc/pgha/doctor.json /etc/apt/apt.conf.d/52pgha

# damaged PACKAGE: whether files of it are missing or not what they were, but for changed configuration. Documentation may be left out on purpose.
damaged() {
  local said
  # 1 is "something differs".
  said=$(dpkg --verify "$1") || [ $? -eq 1 ] || pgha_fail "the files of $1 can't be looked at"
  [ -n "$said" ] && grep -qEv '^[^m].{8} c |/usr/share/(doc|doc-base|info|lintian|locale|man)/' <<<"$said"
}

# A host that doesn't balance any more must not answer for the virtual address, whose other hosts don't know it now.
if [[ " $PACKAGES " != *" keepalived "* ]] && [ -e /etc/keepalived/keepalived.conf ]; then
  systemctl disable --now keepalived haproxy
  pgha_remove /etc/systemd/system/{haproxy,keepalived}.service.d/ /etc/haproxy/ /etc/keepalived/keepalived.conf
  systemctl daemon-reload
fi

missing=()
for package in $PACKAGES; do
  if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ] ||
    { [ -n "${REPAIR:-}" ] && damaged "$package"; }; then
    missing+=("$package")
  fi
done

# Nothing of a package may start with its default settings: Debian's etcd and PostgreSQL would make data at once. And
# nothing that runs may restart because of one: that waits for its turn.
quiet_packages() {
  install -m 0755 /dev/stdin /usr/sbin/policy-rc.d <<'EOF'
#!/bin/sh
exit 101
EOF
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/pgha.conf
  chmod -R a+rX /etc/postgresql-common
  umask 022
  dpkg --configure -a
  apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update ||
    pgha_fail "apt-get update failed (see above): is a package mirror or proxy reachable from this host?"
}
install_packages() { # OPTION|PACKAGE...
  apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confmiss install "$@" || pgha_fail "apt-get could not install: $* (see above)"
}
# restarts PACKAGE: a file that makes the script of its service restart it in its turn.
restarts() {
  case $1 in
    etcd-server) echo /etc/systemd/system/etcd.service.d/pgha-hardening.conf ;;
    patroni | postgresql-*) echo /etc/systemd/system/patroni.service.d/pgha-hardening.conf ;;
    haproxy | keepalived) echo "/etc/systemd/system/$1.service.d/pgha-hardening.conf" ;;
  esac
}

updated=$pgha_state/updated
if [ ${#missing[@]} -gt 0 ]; then
  (
    quiet_packages
    install_packages --reinstall "${missing[@]}"
  )
fi
if [ -n "${UPDATE:-}" ] && [ "$UPDATE" != "$(cat "$updated" 2>/dev/null)" ]; then
  (
    quiet_packages
    read -ra ours <<<"$PACKAGES"
    for package in $(apt-get -s --only-upgrade install "${ours[@]}" | awk '$1 == "Inst" { print $2 }'); do
      file=$(restarts "$package")
      # Before it is there: a run that dies here restarts once too often, never once too little.
      [ -z "$file" ] || : >"$(pgha_mark "$file")"
    done
    install_packages --only-upgrade "${ours[@]}"
  )
  echo "$UPDATE" >"$updated"
fi
