# Waits for the first boot and installs what the host's roles need, in one call.
# PACKAGES: names, separated by spaces.

if command -v cloud-init >/dev/null; then
  # 2 is "done, with warnings"; what matters is tried below.
  cloud-init status --wait >/dev/null || [ $? -eq 2 ] ||
    pgha_fail "cloud-init failed on its first boot: $(cloud-init status --long 2>&1)"
fi

missing=()
for package in $PACKAGES; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  # Nothing of a package may start with its default settings: Debian's etcd and PostgreSQL would make data at once.
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
  apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    -o Dpkg::Options::=--force-confold install "${missing[@]}" ||
    pgha_fail "apt-get could not install: ${missing[*]} (see above)"
fi
