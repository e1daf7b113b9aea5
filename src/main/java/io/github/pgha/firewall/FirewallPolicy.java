package io.github.pgha.firewall;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which rules a host has for its roles. SSH, which every host has, isn't among them. */
final class FirewallPolicy {
    private static final int ETCD_CLIENT = 2379;
    private static final int ETCD_PEER = 2380;
    private static final int POSTGRES = 5432;
    private static final int PATRONI = 8008;

    private FirewallPolicy() {}

    static List<Rule> rules(Set<Role> roles, Topology topology, Access access) {
        var rules = new ArrayList<Rule>();
        if (roles.contains(Role.ETCD)) {
            rules.add(Rule.tcp("etcd for its clients", ETCD_CLIENT, Peers.ETCD, Peers.POSTGRES));
            rules.add(Rule.tcp("etcd among its members", ETCD_PEER, Peers.ETCD));
        }
        if (roles.contains(Role.POSTGRES)) {
            var peers = new ArrayList<>(List.of(Peers.POSTGRES, Peers.BALANCERS));
            if (topology.fencing()) {
                peers.add(Peers.ETCD);
            }
            if (access.directClientAccess()) {
                peers.add(Peers.CLIENT_NETWORKS);
            }
            rules.add(Rule.tcp("Patroni's REST server", PATRONI, peers.toArray(Peers[]::new)));
            rules.add(Rule.tcp("PostgreSQL", POSTGRES, peers.toArray(Peers[]::new)));
        }
        if (roles.contains(Role.BALANCER)) {
            rules.add(Rule.vrrp("keepalived among the balancers", Peers.BALANCERS));
            // A member of PostgreSQL proves at the end of an `up` that the cluster serves.
            rules.add(Rule.tcp("the primary", topology.primaryPort(), Peers.CLIENT_NETWORKS, Peers.POSTGRES));
            rules.add(Rule.tcp("the standbys", topology.replicaPort(), Peers.CLIENT_NETWORKS, Peers.POSTGRES));
            rules.add(Rule.tcp("HAProxy's statistics", topology.statsPort(), Peers.CLIENT_NETWORKS, Peers.POSTGRES));
            topology.extraPorts().forEach(port ->
                    rules.add(Rule.tcp("what the user added to HAProxy", port, Peers.CLIENT_NETWORKS)));
        }
        return rules;
    }
}
