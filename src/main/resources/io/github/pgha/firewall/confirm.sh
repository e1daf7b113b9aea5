# Confirms the packet filter's rules: that this script runs shows that SSH gets through them.
# FIREWALL_TRIAL: seconds of a new trial, if the last one has ended.

firewall=/usr/local/libexec/pgha/firewall
case $("$firewall" state) in
  "on trial") said=$("$firewall" confirm 2>&1) || pgha_fail "$said" ;;
  refused)
    said=$("$firewall" try "$FIREWALL_TRIAL" 2>&1) || pgha_fail "$said"
    pgha_fail "nobody came in by SSH in time after the packet filter's rules were changed, so the host went back to the rules
before. Is the address that this program comes from in sshNetworks? If it is, the network was interrupted: the new rules are
loaded again for $((FIREWALL_TRIAL / 60)) minutes; run this again within them to confirm the rules."
    ;;
esac
# Loads the rules at every boot from now on.
systemctl -q enable pgha-firewall
systemctl -q is-active pgha-firewall || systemctl start pgha-firewall
