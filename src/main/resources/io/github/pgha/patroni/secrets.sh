# Puts passwords and keys in place; patroni.sh, which runs after this, lets Patroni read them.
chmod 0755 /etc/patroni /etc/patroni/config.d /etc/patroni/tls
