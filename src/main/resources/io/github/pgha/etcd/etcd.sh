# Runs one etcd member. The members of a new cluster start side by side: none is healthy before a majority is there.
# ADDRESS: the member's own address.

config=/etc/default/etcd
data=/var/lib/etcd/pgha
joined=/var/lib/pgha/etcd-joined

# A first start that never reached a healthy cluster may have left data of a cluster that doesn't exist.
if [ ! -e "$joined" ] && [ -d "$data" ] && ! systemctl -q is-active etcd; then
  rm -rf "$data"
fi

systemctl -q enable etcd
if pgha_changed "$config" || ! systemctl -q is-active etcd; then
  # Not waited for: etcd reports itself as started only when the cluster has a leader.
  systemctl restart --no-block etcd
fi

healthy() { ETCDCTL_API=3 etcdctl --endpoints "http://$ADDRESS:2379" --command-timeout 2s endpoint health; }
pgha_await 120 "etcd on $ADDRESS is healthy" healthy
touch "$joined"
pgha_applied "$config"
