package io.github.pgha.firewall;

import io.github.pgha.host.Host;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A host's rules for nftables: a table of our own, replaced as a whole in one transaction, so that tables of other
 * people stay and there is no moment without rules.
 */
public final class FirewallConfig {
    private FirewallConfig() {}

    /**
     * Returns the whole file.
     *
     * @param roles    what the host does
     * @param topology the cluster
     * @param access   who comes from outside
     */
    public static String render(Set<Role> roles, Topology topology, Access access) {
        return render(roles, topology, access, Host.SSH_PORT);
    }

    /**
     * Returns the whole file of a host whose SSH server may listen elsewhere.
     *
     * @param roles    what the host does
     * @param topology the cluster
     * @param access   who comes from outside
     * @param sshPort  port of its SSH server
     */
    public static String render(Set<Role> roles, Topology topology, Access access, int sshPort) {
        Map<Peers, List<String>> addresses = new EnumMap<>(Map.of(
                Peers.SSH_NETWORKS, access.sshNetworks(),
                Peers.CLIENT_NETWORKS, access.clientNetworks(),
                Peers.ETCD, topology.etcd(),
                Peers.POSTGRES, topology.postgres(),
                Peers.BALANCERS, topology.balancers()));
        var text = new StringBuilder("""
                # Written by pgha: changes made by hand are lost.
                # Named before it is deleted, since to delete what isn't there is an error.
                table inet pgha
                delete table inet pgha

                table inet pgha {
                """);
        addresses.forEach((peers, elements) -> text.append(set(peers, elements)));
        text.append("""
                    # Counts new connections to SSH under these rules: that they don't lock it out is shown by one.
                    counter ssh_new {}
                    counter refused {}

                    chain input {
                        type filter hook input priority filter; policy drop;
                        iif lo accept
                        ct state vmap { established : accept, related : accept, invalid : drop }
                        icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept
                        icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded } accept
                        icmpv6 type { parameter-problem, nd-router-advert } accept
                        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept

                        # SSH
                        ip saddr @ssh_networks tcp dport %s tcp flags & (fin|syn|rst|ack) == syn counter name ssh_new
                        ip saddr @ssh_networks tcp dport %s accept
                """.formatted(sshPort, sshPort));
        for (Rule rule : FirewallPolicy.rules(roles, topology, access)) {
            text.append("\n        # ").append(rule.purpose()).append('\n');
            rule.peers().forEach(peers -> text.append("        ip saddr @").append(peers.set()).append(' ')
                    .append(rule.match()).append(" accept\n"));
        }
        return text.append("""

                        counter name refused
                    }

                    chain forward {
                        type filter hook forward priority filter; policy drop;
                    }
                }
                """).toString();
    }

    private static String set(Peers peers, List<String> elements) {
        return "    set " + peers.set() + " {\n"
                + "        type ipv4_addr\n"
                // Networks, of which one may hold another.
                + "        flags interval\n"
                + "        auto-merge\n"
                + (elements.isEmpty() ? "" : "        elements = { " + String.join(", ", elements) + " }\n")
                + "    }\n";
    }
}
