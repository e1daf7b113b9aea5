# What scripts share that run on a host of etcd and want another member to lead. SCOPE: Patroni's keys.

# ask_to_hand_over LEADER [MEMBER]: as patronictl asks for a switchover; Patroni takes the key away when it has looked at it.
ask_to_hand_over() { etcd put "${SCOPE}failover" "{\"leader\": \"$1\"${2:+, \"member\": \"$2\"}}" >/dev/null; }
