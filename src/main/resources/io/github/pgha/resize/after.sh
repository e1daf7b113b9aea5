# After a machine has restarted to be changed: waits until it does again what it did before, so that the next one may go. On a
# machine that has just been made there is nothing to wait for, and the next one's turn doesn't come before it serves.
# ADDRESS: the machine's, and MEMBERS too. RESIZE: how many times it did so, this one included.

etcd_healthy() { ETCDCTL_ENDPOINTS=https://$ADDRESS:2379 pgha-etcdctl --command-timeout 5s endpoint health; }

member_serves() {
  local said
  said=$(members stay) || return 1
  echo "${said:-not a member}"
  [[ $said = *' leader running' || $said = *' streaming' ]]
}

if [ -s /etc/etcd/pgha/root-password ]; then
  pgha_await 300 "etcd is healthy again" etcd_healthy
fi
if [ -e /etc/patroni/config.d/10-pgha.yml ]; then
  pgha_await 300 "PostgreSQL serves again" member_serves
fi
if [ -e /etc/keepalived/keepalived.conf ]; then
  pgha_await 60 "HAProxy answers again" runuser -u keepalived_script -- /usr/local/libexec/pgha/check-haproxy
  pgha_await 60 "keepalived runs again" systemctl is-active keepalived
fi
