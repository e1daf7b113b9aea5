
# Loads the packet filter's rules on trial, if they are new. confirm.sh, on a connection of its own, confirms them.
# FIREWALL_TRIAL: seconds.

firewall=/usr/local/libexec/pgha/firewall
firewall_unit=/etc/systemd/system/pgha-firewall.service

chmod 0755 /usr/local/libexec /usr/local/libexec/pgha
pgha_units "$firewall_unit"
pgha_applied "$firewall" "$firewall_unit" /var/lib/pgha/firewall/wanted.nft
said=$("$firewall" try "$FIREWALL_TRIAL" 2>&1) || pgha_fail "$said"
if [ -n "${REPAIR:-}" ]; then
  said=$("$firewall" renew 2>&1) || pgha_fail "$said"
fi
