# Confirms the packet filter's rules: that this script runs shows that SSH gets through them.
# FIREWALL_TRIAL: seconds of a new trial.

firewall=/usr/local/libexec/pgha/firewall
if [ "$("$firewall" state)" = refused ] && [ ! -e /etc/pgha/firewall.nft ]; then
  # A new host whose first `up` was interrupted before this could confirm. What runs here next does it, or fails.
  said=$("$firewall" try "$FIREWALL_TRIAL" 2>&1) || pgha_fail "$said"
else
  pgha_firewalled
fi
