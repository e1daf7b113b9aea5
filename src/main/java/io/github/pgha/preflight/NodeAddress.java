package io.github.pgha.preflight;

import io.github.pgha.proxmox.api.Row;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Where the provider connects to for SSH to a node: not to the endpoint, but to an address that it picks among the node's
 * interfaces, as the API lists them to this token (bpg/proxmox 0.111.1).
 *
 * @param address the address
 * @param source  where it comes from, for people
 */
record NodeAddress(String address, String source) {
    private static final String IPV4 = "address";
    private static final String IPV6 = "address6";

    /**
     * Picks as the provider does: what is set; the first interface with a gateway, IPv4 before IPv6; the first with an IPv4
     * address; the node's name in DNS.
     *
     * @param interfaces what {@code /nodes/NODE/network} lists
     * @param set        the address that the stack sets for this node
     */
    static Optional<NodeAddress> of(String node, List<Row> interfaces, Optional<String> set) {
        if (set.isPresent()) {
            return Optional.of(new NodeAddress(set.get(), "proxmoxNodeAddresses"));
        }
        return Stream.<Predicate<Row>>of(has("gateway", IPV4), has("gateway6", IPV6), has(IPV4))
                .flatMap(rule -> sorted(interfaces).stream().filter(rule).limit(1)).findFirst()
                .map(found -> new NodeAddress(addressOf(found), "interface " + found.text("iface").orElse("?")
                        + (found.text("gateway").or(() -> found.text("gateway6")).isPresent() ? ", the first with a "
                        + "gateway" : "")))
                .or(() -> byName(node));
    }

    private static Predicate<Row> has(String... keys) {
        return row -> Stream.of(keys).allMatch(key -> row.text(key).filter(value -> !value.isEmpty()).isPresent());
    }

    private static List<Row> sorted(List<Row> interfaces) {
        return interfaces.stream().sorted(Comparator.comparing(row -> row.number("priority").orElse(0L))).toList();
    }

    private static String addressOf(Row found) {
        boolean four = has("gateway", IPV4).test(found) || !has("gateway6", IPV6).test(found);
        return found.text(four ? IPV4 : IPV6).orElseThrow().split("/")[0];
    }

    private static Optional<NodeAddress> byName(String node) {
        try {
            return Stream.of(InetAddress.getAllByName(node)).filter(Inet4Address.class::isInstance).findFirst()
                    .map(found -> new NodeAddress(found.getHostAddress(), "its name in DNS: the token sees no interface with an "
                            + "address"));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
