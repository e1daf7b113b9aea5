# Puts keys and passwords in place; etcd.sh, which runs after this, makes etcd use them.
chmod 0755 /etc/etcd /etc/etcd/pgha
