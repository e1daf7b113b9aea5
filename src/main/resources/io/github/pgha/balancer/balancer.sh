# Runs HAProxy and keepalived. Their files are checked by themselves before they take them in.
# SECRETS: tells this script when a password or key changed.

haproxy_files=(/etc/haproxy/haproxy.cfg /etc/haproxy/secrets.cfg)
certificates=(/etc/haproxy/pgha/{ca.pem,statistics.pem,statistics.pem.key})
keepalived_file=/etc/keepalived/keepalived.conf
check=/usr/local/libexec/pgha/check-haproxy
defaults=/etc/default/haproxy
haproxy_unit=/etc/systemd/system/haproxy.service.d/pgha.conf
haproxy_hardening=/etc/systemd/system/haproxy.service.d/pgha-hardening.conf
restarts=(/etc/systemd/system/{haproxy,keepalived}.service.d/pgha-restart.conf)
keepalived_hardening=/etc/systemd/system/keepalived.service.d/pgha-hardening.conf

getent passwd keepalived_script >/dev/null ||
  useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin keepalived_script
# keepalived refuses a script in a folder that others than root may write to, and its user must get there.
chmod 0755 /usr/local/libexec /usr/local/libexec/pgha

said=$(haproxy -c -f "${haproxy_files[0]}" -f "${haproxy_files[1]}" 2>&1) ||
  pgha_fail "HAProxy refuses its configuration: $said"
said=$(keepalived -t -f "$keepalived_file" 2>&1) ||
  pgha_fail "keepalived refuses its configuration: $said"

pgha_units "$haproxy_unit" "$haproxy_hardening" "$keepalived_hardening" "${restarts[@]}"
pgha_enable haproxy keepalived
if pgha_changed "$defaults" "$haproxy_unit" "$haproxy_hardening" || ! systemctl -q is-active haproxy; then
  systemctl restart haproxy
elif pgha_changed "${haproxy_files[@]}" "${certificates[@]}" || [ -n "${REPAIR:-}" ]; then
  # A repair: what somebody told the running HAProxy, such as to leave a server out, ends with a reload.
  systemctl reload haproxy
fi
pgha_await 30 "HAProxy answers on this host" runuser -u keepalived_script -- "$check"
pgha_applied /usr/local/libexec/pgha/haproxy-{ended,servers} "$defaults" "$haproxy_unit" "$haproxy_hardening" "${haproxy_files[@]}" "${certificates[@]}"

if pgha_changed "$keepalived_hardening" || ! systemctl -q is-active keepalived; then
  systemctl restart keepalived
elif pgha_changed "$keepalived_file" "$check"; then
  systemctl reload keepalived
fi
pgha_await 30 "keepalived runs" systemctl is-active keepalived
pgha_applied "${restarts[@]}" "$keepalived_hardening" "$keepalived_file" "$check"

# Something new each time: what this run did is proved at the end of the `up`.
cat /proc/sys/kernel/random/uuid
