package io.github.pgha.firewall;

import java.util.List;

/**
 * The hosts that speak to each other, and the balancers' ports.
 *
 * @param etcd        IPv4 addresses of etcd's members
 * @param postgres    IPv4 addresses of PostgreSQL's members; also those that prove the cluster through the balancers
 * @param balancers   IPv4 addresses of the balancers
 * @param primaryPort balancers' port that leads to the primary
 * @param replicaPort balancers' port that leads to the standbys
 * @param statsPort   balancers' port of the statistics page
 * @param extraPorts  balancers' further ports for clients
 * @param fencing     whether etcd's hosts watch PostgreSQL's
 */
public record Topology(List<String> etcd, List<String> postgres, List<String> balancers,
        int primaryPort, int replicaPort, int statsPort, List<Integer> extraPorts, boolean fencing) {
    /** Copies the lists. */
    public Topology {
        etcd = List.copyOf(etcd);
        postgres = List.copyOf(postgres);
        balancers = List.copyOf(balancers);
        extraPorts = List.copyOf(extraPorts);
    }
}
