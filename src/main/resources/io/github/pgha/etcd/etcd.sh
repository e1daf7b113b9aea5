# Runs one etcd member. The members of a new cluster start side by side: none is healthy before a majority is there.
# ADDRESS: the member's own address.

pgha_firewalled

config=/etc/default/etcd
hardening=/etc/systemd/system/etcd.service.d/pgha-hardening.conf
data=/var/lib/etcd/pgha
joined=/var/lib/pgha/etcd-joined

# Data of a first start under other settings would keep those settings for ever. Only a member that was never healthy may
# lose its data: one that is active has joined, even if an earlier run died before it could note that.
if [ ! -e "$joined" ] && [ -d "$data" ] && pgha_changed "$config" && ! systemctl -q is-active etcd; then
  systemctl stop etcd
  rm -rf "$data"
fi

pgha_units "$hardening"
systemctl -q enable etcd
if pgha_changed "$config" "$hardening" || ! systemctl -q is-active etcd; then
  # Not waited for: etcd reports itself as started only when the cluster has a leader.
  systemctl restart --no-block etcd
fi

healthy() {
  etcdctl --endpoints "http://$ADDRESS:2379" --command-timeout 2s endpoint health && return
  # A member that gave up says why in its journal only.
  ! systemctl -q is-failed etcd || journalctl -q -u etcd -n 5 --no-pager -o cat
  return 1
}
# Long enough for the other members' hosts to boot and to install their packages.
pgha_await 300 "etcd on $ADDRESS is healthy" healthy
touch "$joined"
pgha_applied "$config" "$hardening"
