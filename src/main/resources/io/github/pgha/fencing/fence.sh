# Runs the fencing service.
# SECRETS: tells this script when a key, password or token changed.

folder=/etc/pgha-fence
unit=/etc/systemd/system/pgha-fence.service
program=/usr/local/libexec/pgha/pgha-fence
files=("$unit" "$program" "$folder"/{config.json,ca.pem,client.pem,client.key,etcd-password,proxmox-ca.pem,proxmox-token})

chmod 0755 "$folder" /usr/local/libexec /usr/local/libexec/pgha
pgha_units "$unit"
pgha_enable pgha-fence
if pgha_changed "${files[@]}" || ! systemctl -q is-active pgha-fence; then
  systemctl restart pgha-fence
fi

metrics=/run/pgha-fence/metrics.prom
# It is of no use where it can't reach etcd, and of none where Proxmox lets it do nothing: better said now than on that day.
works() {
  local what
  for what in etcd proxmox; do
    if ! grep -q "^pgha_fence_${what}_up{.*} 1$" "$metrics"; then
      journalctl -q -u pgha-fence -n 50 --no-pager -o cat | grep -E "wouldn't let|doesn't answer" | tail -n 1
      return 1
    fi
  done
}
pgha_await 60 "the fencing service reaches etcd and is let in by Proxmox" works
pgha_applied "${files[@]}"
