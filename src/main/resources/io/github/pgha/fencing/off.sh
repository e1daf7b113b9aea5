# Removes the fencing service, its secrets, and its user of etcd.
# KEEPER: not empty where etcd's users are kept.

unit=/etc/systemd/system/pgha-fence.service
if [ -e "$unit" ]; then
  systemctl -q disable --now pgha-fence
fi
pgha_remove /etc/pgha-fence/ "$unit" /usr/local/libexec/pgha/pgha-fence
systemctl daemon-reload

if [ -n "$KEEPER" ]; then
  users=$(pgha-etcdctl user list)
  for user in $users; do
    if [[ $user =~ ^fence-[0-9]+$ ]]; then pgha-etcdctl user delete "$user"; fi
  done
  roles=$(pgha-etcdctl role list)
  if grep -qx fence <<<"$roles"; then pgha-etcdctl role delete fence; fi
  pgha_remove /etc/etcd/pgha/fence-{password,grants}
fi
