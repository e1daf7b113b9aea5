package io.github.pgha.balancer;

import io.github.pgha.rules.Ipv4;
import io.github.pgha.rules.Problems;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Where clients come in.
 *
 * @param vip         virtual address with prefix, such as {@code 192.168.125.250/23}
 * @param networkInterface network interface of the balancers that carries it; empty for the one that has the balancer's own
 *                    address, found on each
 * @param routerId    VRRP virtual router id, 1 to 255, unique in the network
 * @param primaryPort port that leads to the primary
 * @param replicaPort port that leads to the standbys
 * @param statsPort   port of the statistics page
 * @param pace        how fast failures are noticed
 * @param extra       what HAProxy does besides
 * @param names       DNS names by which clients know the cluster
 */
public record Frontend(
        String vip, String networkInterface, int routerId, int primaryPort, int replicaPort, int statsPort,
        Pace pace, HaproxyExtra extra, ServerNames names) {

    /** What else may listen on a host of the cluster. */
    private static final Map<Integer, String> TAKEN = Map.of(
            22, "SSH", 2379, "etcd", 2380, "etcd", 5432, "PostgreSQL", 8008, "Patroni");

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public Frontend {
        var problems = new Problems();
        check(problems, Objects.requireNonNull(vip, "vip"),
                Objects.requireNonNull(networkInterface, "networkInterface"), routerId,
                primaryPort, replicaPort, statsPort);
        checkExtra(problems, Objects.requireNonNull(extra, "extra").text(), primaryPort, replicaPort, statsPort);
        problems.orThrow();
        Objects.requireNonNull(pace, "pace");
        Objects.requireNonNull(names, "names");
    }

    /** One that clients know by its address. */
    public Frontend(String vip, String networkInterface, int routerId, int primaryPort, int replicaPort, int statsPort,
            Pace pace, HaproxyExtra extra) {
        this(vip, networkInterface, routerId, primaryPort, replicaPort, statsPort, pace, extra, ServerNames.NONE);
    }

    /** One that does nothing besides. */
    public Frontend(String vip, String networkInterface, int routerId, int primaryPort, int replicaPort, int statsPort,
            Pace pace) {
        this(vip, networkInterface, routerId, primaryPort, replicaPort, statsPort, pace, HaproxyExtra.NONE);
    }

    /** One of the {@linkplain Pace#DEFAULT default} pace that does nothing besides. */
    public Frontend(String vip, String networkInterface, int routerId, int primaryPort, int replicaPort, int statsPort) {
        this(vip, networkInterface, routerId, primaryPort, replicaPort, statsPort, Pace.DEFAULT);
    }

    /** Adds what is wrong with the parts; a null is passed over. */
    public static void check(Problems problems, String vip, String networkInterface, Integer routerId,
            Integer primaryPort, Integer replicaPort, Integer statsPort) {
        problems.require(vip, text -> Ipv4.withPrefix(text).isPresent(),
                "vip '%s' must be an IPv4 address with its prefix, such as 192.168.125.250/23");
        problems.require(networkInterface, name -> name.matches("([A-Za-z0-9][A-Za-z0-9_.-]{0,14})?"),
                "interface '%s' must be the name of a network interface, such as eth0: "
                        + "1 to 15 letters, digits, _, . and -; or empty, and it is found");
        problems.require(networkInterface, name -> !name.equals("all") && !name.equals("default"),
                "interface '%s' must be one interface: the kernel means no single one by this name");
        problems.require(routerId, id -> id >= 1 && id <= 255, "routerId '%s' must be 1 to 255");
        port(problems, "primaryPort", primaryPort);
        port(problems, "replicaPort", replicaPort);
        port(problems, "statsPort", statsPort);
        differ(problems, "primaryPort", primaryPort, "replicaPort", replicaPort);
        differ(problems, "primaryPort", primaryPort, "statsPort", statsPort);
        differ(problems, "replicaPort", replicaPort, "statsPort", statsPort);
    }

    /** Adds what is wrong with what is added to HAProxy's configuration on these ports; a null is passed over. */
    public static void checkExtra(Problems problems, String extra, Integer primaryPort, Integer replicaPort,
            Integer statsPort) {
        new TreeMap<>(TAKEN).forEach((port, owner) -> HaproxyExtra.checkFree(problems, extra, port, owner));
        HaproxyExtra.checkFree(problems, extra, primaryPort, "the primary");
        HaproxyExtra.checkFree(problems, extra, replicaPort, "the standbys");
        HaproxyExtra.checkFree(problems, extra, statsPort, "the statistics page");
    }

    /**
     * Adds what clashes with the port of a balancer's SSH server; a null is passed over.
     *
     * @param host what the balancer is called in sentences, such as {@code host 'b1'}
     */
    public static void checkSsh(Problems problems, String host, Integer sshPort, Integer primaryPort, Integer replicaPort,
            Integer statsPort, String extra) {
        String rule = "%2$s: port '%1$s' must be its SSH server's alone, and is %3$s too: HAProxy listens there on a balancer";
        problems.require(sshPort, port -> !port.equals(primaryPort), rule, host, "primaryPort");
        problems.require(sshPort, port -> !port.equals(replicaPort), rule, host, "replicaPort");
        problems.require(sshPort, port -> !port.equals(statsPort), rule, host, "statsPort");
        HaproxyExtra.linesAt(extra, sshPort).forEach(line -> problems.add(rule.replace("%3$s", "in '%3$s' of haproxyExtra"),
                sshPort, host, line));
    }

    private static void port(Problems problems, String key, Integer value) {
        problems.require(value, port -> port >= 1 && port <= 65535, "%2$s '%1$s' must be 1 to 65535", key);
        problems.require(value, port -> !TAKEN.containsKey(port),
                "%2$s '%1$s' must be a free port of the hosts: it is %3$s's", key,
                value == null ? null : TAKEN.get(value));
    }

    private static void differ(Problems problems, String key, Integer value, String otherKey, Integer other) {
        problems.require(value, port -> !port.equals(other),
                "%2$s '%1$s' must differ from %3$s: both are on the balancers", key, otherKey);
    }

    /** What clients connect to: the name of the virtual address if it has one, otherwise the address. */
    public String endpoint() {
        return names.endpoint().orElse(vipAddress());
    }

    /** The virtual address without its prefix. */
    public String vipAddress() {
        return vip.substring(0, vip.indexOf('/'));
    }
}
