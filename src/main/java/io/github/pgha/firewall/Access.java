package io.github.pgha.firewall;

import io.github.pgha.rules.Ipv4;
import io.github.pgha.rules.Problems;
import java.util.List;

/**
 * Who from outside the cluster may reach its hosts.
 *
 * @param sshNetworks        IPv4 networks in CIDR form from which SSH is let in; the program's own address must be in
 *                           one of them. Default: {@link #ANYWHERE}, since the program doesn't know where it comes from
 * @param clientNetworks     IPv4 networks in CIDR form whose hosts reach the balancers' ports
 * @param directClientAccess whether {@code clientNetworks} reach PostgreSQL's and Patroni's own ports as well, past
 *                           the balancers; fault drills do
 */
public record Access(List<String> sshNetworks, List<String> clientNetworks, boolean directClientAccess) {
    /** All of IPv4. */
    public static final String ANYWHERE = "0.0.0.0/0";

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public Access {
        sshNetworks = List.copyOf(sshNetworks);
        clientNetworks = List.copyOf(clientNetworks);
        var problems = new Problems();
        check(problems, sshNetworks);
        problems.orThrow();
    }

    /** Adds what is wrong; a null is passed over. {@code clientNetworks} is checked where the database has it. */
    public static void check(Problems problems, List<String> sshNetworks) {
        if (sshNetworks == null) {
            return;
        }
        if (sshNetworks.isEmpty()) {
            problems.add("sshNetworks has no network: it must have the one that this program reaches the hosts from");
        }
        for (String text : sshNetworks) {
            var network = Ipv4.withPrefix(text);
            if (problems.require(text, t -> network.isPresent(),
                    "sshNetworks: '%s' must be an IPv4 network with its prefix, such as 192.168.124.0/23")) {
                problems.require(text, t -> network.get().isNetwork(),
                        "sshNetworks: '%s' must have no bit set after its prefix: the network is %s",
                        network.get().network());
            }
        }
    }
}
