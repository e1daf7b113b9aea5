# Removes the fencing service, its secrets, and its user of etcd.
# KEEPER: not empty where etcd's users are kept.

unit=/etc/systemd/system/pgha-fence.service
if [ -e "$unit" ]; then
  systemctl -q disable --now pgha-fence
fi
pgha_remove /etc/pgha-fence/ "$unit" /usr/local/libexec/pgha/pgha-fence
systemctl daemon-reload

forget_user() {
  local users roles user
  users=$(pgha-etcdctl user list) || return 1
  for user in $users; do
    if [[ $user =~ ^fence-[0-9]+$ ]]; then pgha-etcdctl user delete "$user" || return 1; fi
  done
  roles=$(pgha-etcdctl role list) || return 1
  if grep -qx fence <<<"$roles"; then pgha-etcdctl role delete fence; fi
}
if [ -n "$KEEPER" ]; then
  pgha_await 60 "etcd's user for fencing is gone" forget_user
  pgha_remove /etc/etcd/pgha/fence-{password,grants}
fi
