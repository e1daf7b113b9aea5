# Runs HAProxy and keepalived. Their files are checked by themselves before they are put in place.
# SECRETS: tells this script when a password or key changed. vip_interface, from host/interface.sh, takes the place of
# INTERFACE_TO_FIND in keepalived's file.

haproxy_files=(/etc/haproxy/haproxy.cfg /etc/haproxy/secrets.cfg)
certificates=(/etc/haproxy/pgha/{ca.pem,statistics.pem,statistics.pem.key})
haproxy_wanted=/etc/haproxy/pgha/haproxy.cfg.wanted
keepalived_file=/etc/keepalived/keepalived.conf
keepalived_wanted=/etc/haproxy/pgha/keepalived.conf.wanted
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

[ -e /var/lib/haproxy ] || install -d -m 0755 /var/lib/haproxy
# refused WHO SAID: what is in place stays, and nothing is left of what isn't good. Who takes the bad line out of the program gets
# a program that the engine knows already, so nothing runs here then; and HAProxy must start at the next boot.
refused() {
  pgha_remove "$haproxy_wanted" "$keepalived_wanted"
  pgha_fail "$1 refuses its configuration: $2"
}
sed -i "s/$INTERFACE_TO_FIND/$vip_interface/g" "$keepalived_wanted"
said=$(haproxy -c -f "$haproxy_wanted" -f "${haproxy_files[1]}" 2>&1) || refused HAProxy "$said"
said=$(keepalived -t -f "$keepalived_wanted" 2>&1) || refused keepalived "$said"
pgha_put '/etc/haproxy/haproxy.cfg' root:root 0644 <"$haproxy_wanted"
pgha_put '/etc/keepalived/keepalived.conf' root:root 0644 <"$keepalived_wanted"
pgha_remove "$haproxy_wanted" "$keepalived_wanted"

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
