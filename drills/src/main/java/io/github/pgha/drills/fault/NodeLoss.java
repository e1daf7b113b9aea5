package io.github.pgha.drills.fault;

import static io.github.pgha.drills.fault.Fault.Trait.ELABORATE;
import static io.github.pgha.drills.fault.Fault.Trait.NODE_POWER;
import static io.github.pgha.drills.fault.Fault.Trait.PROXMOX;
import static io.github.pgha.drills.fault.Fault.Trait.VIP_GOES_HOME;
import static io.github.pgha.drills.fault.Hold.Until.LEADER_MOVED;

import io.github.pgha.drills.measure.Fencing.Demand;
import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** A whole Proxmox node loses its power: the leader, a member of etcd and the virtual address's holder are gone at once. */
final class NodeLoss {
    // Longer than any lock lives.
    private static final int LEASE = 75;

    static final Fault FAULT = new Fault("node-power",
            "The power of the Proxmox node is cut that carries the leader, a member of etcd and the holder of the virtual "
                    + "address, and all of its machines with it",
            "It is powered on, with its machines", Hold.until(LEADER_MOVED, 3, LEASE),
            Set.of(PROXMOX, NODE_POWER, VIP_GOES_HOME, ELABORATE),
            // Nobody can know whether the leader on a node that doesn't answer is off.
            new Demand(List.of("node-offline", "proxmox-unreachable"), false, true, true),
            NodeLoss::prepare, NodeLoss::inflict);

    private NodeLoss() {}

    /** Lets the member lead that is on the node of the virtual address's holder. */
    private static Wound prepare(Site site, Roles roles) throws IOException, InterruptedException {
        Map<Host, String> nodes = site.nodes();
        String node = nodes.get(roles.vipHolder());
        demandSpread(site, roles, nodes, node);
        Doubts.readyIfOn(site);
        if (!nodes.get(roles.leader()).equals(node)) {
            Host candidate = on(site, nodes, node, Host.POSTGRES).get(0);
            site.on(candidate, Catalogue.switchover(roles.leader(), candidate,
                    "Successfully switched over to \"" + candidate + "\""));
        }
        return () -> { };
    }

    private static Wound inflict(Site site, Roles roles) throws IOException, InterruptedException {
        Map<Host, String> nodes = site.nodes();
        String node = nodes.get(roles.leader());
        if (!nodes.get(roles.vipHolder()).equals(node)) {
            throw new IOException(roles.leader() + " leads on " + node + " and " + roles.vipHolder()
                    + " holds the virtual address on " + nodes.get(roles.vipHolder()) + ": they must be on one node");
        }
        List<Host> machines = on(site, nodes, node, host -> true);
        Wound wound = () -> site.nodeOn(node, machines);
        try {
            site.nodeOff(node);
        } catch (IOException | InterruptedException | RuntimeException e) {
            // It may be off by now.
            Doubts.heal(wound, e);
            throw e;
        }
        return wound;
    }

    /** What is left must be able to go on, with every commit. */
    private static void demandSpread(Site site, Roles roles, Map<Host, String> nodes, String node) throws SkippedException {
        String where = "the Proxmox node " + node + " of " + roles.vipHolder() + ", which holds the virtual address, ";
        int etcd = site.stack().with(Host.ETCD).size();
        if (Set.copyOf(nodes.values()).size() < 2) {
            throw new SkippedException("all machines are on one Proxmox node, " + node
                    + ": they must be spread over several (proxmoxNodes), or its power takes everything");
        }
        for (String role : List.of(Host.POSTGRES, Host.ETCD)) {
            if (on(site, nodes, node, role).isEmpty()) {
                throw new SkippedException(where + "carries no host with the role " + role + ": it must carry one");
            }
        }
        if (on(site, nodes, node, Host.ETCD).size() > (etcd - 1) / 2) {
            throw new SkippedException(where + "carries a majority of etcd: it must not carry more than " + (etcd - 1) / 2);
        }
        if (on(site, nodes, node, Host.POSTGRES).size() > 1) {
            throw new SkippedException(where + "carries several members of PostgreSQL: it must carry one, so that no commit "
                    + "has all of its copies there");
        }
        if (on(site, nodes, node, Host.BALANCER).size() == site.stack().with(Host.BALANCER).size()) {
            throw new SkippedException(where + "carries all balancers: one must be elsewhere");
        }
    }

    private static List<Host> on(Site site, Map<Host, String> nodes, String node, String role) {
        return on(site, nodes, node, host -> host.roles().contains(role));
    }

    private static List<Host> on(Site site, Map<Host, String> nodes, String node, Predicate<Host> which) {
        return site.stack().hosts().stream().filter(host -> nodes.get(host).equals(node) && which.test(host)).toList();
    }
}
