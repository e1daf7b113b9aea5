# The statistics page's user and key, before HAProxy is told to read them. balancer.sh, which runs after this, reloads HAProxy.
chmod 0755 /etc/haproxy /etc/haproxy/pgha
