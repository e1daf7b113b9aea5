package io.github.pgha;

import io.github.pgha.balancer.Frontend;
import io.github.pgha.balancer.LoadBalancer;
import io.github.pgha.host.ExistingHost;
import io.github.pgha.host.HostSpec;
import io.github.pgha.patroni.SynchronousMode;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.rules.Ipv4;
import io.github.pgha.rules.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rules between the parts of a cluster; each part's own are with the part. What isn't known (null) is passed over. */
final class ClusterRules {
    /** PostgreSQL's shared buffers get a quarter of it, its 200 connections and Patroni share the rest. */
    private static final int LEAST_POSTGRES_MEMORY_MB = 1024;

    private final Problems problems;
    private final List<Machine> etcd;
    private final List<Machine> postgres;
    private final List<String> balancers;
    private final AcceptedRisks risks;

    /** A machine as far as it is known; {@code label} is what it is called in sentences. */
    record Machine(String label, String name, String address, Integer vmId, String node, Integer memoryMb, Integer sshPort) {
        static List<Machine> of(List<? extends HostSpec> specs) {
            return specs.stream().map(spec -> new Machine("host '" + spec.name() + "'", spec.name(), spec.address(),
                    spec instanceof VmSpec vm ? vm.vmId() : null, spec instanceof VmSpec vm ? vm.node() : null,
                    spec.memoryMb(), spec instanceof ExistingHost host ? host.port() : null)).toList();
        }
    }

    ClusterRules(
            Problems problems,
            List<Machine> etcd,
            List<Machine> postgres,
            List<String> balancers,
            AcceptedRisks risks) {
        this.problems = problems;
        this.etcd = etcd;
        this.postgres = postgres;
        this.balancers = balancers;
        this.risks = risks;
    }

    /** Adds what is wrong with the cluster as a whole. */
    void check(String vip, String gateway, SynchronousMode mode) {
        problems.require(etcd, hosts -> hosts.size() >= 3 && hosts.size() % 2 == 1,
                "etcdHosts has %2$s hosts: it must have an odd number of at least 3, "
                        + "so that a majority is left when one fails", etcd == null ? 0 : etcd.size());
        problems.require(postgres, hosts -> !hosts.isEmpty(), "postgresHosts has no host: it must have at least 1");
        if (balancers != null) {
            balancers();
        }
        unique("name", Machine::name, (place, host) -> place);
        unique("address", host -> Ipv4.withPrefix(host.address()).map(Ipv4::host).orElse(null),
                (place, host) -> host.label());
        unique("vmId", Machine::vmId, (place, host) -> host.label());
        if (postgres != null) {
            postgres.forEach(host -> problems.require(host.memoryMb(), memory -> memory >= LEAST_POSTGRES_MEMORY_MB,
                    "%2$s: memoryMb '%1$s' must be at least %3$s MiB on a PostgreSQL host, "
                            + "whose shared_buffers take a quarter of it", host.label(), LEAST_POSTGRES_MEMORY_MB));
        }
        if (mode == SynchronousMode.STRICT) {
            problems.require(postgres, hosts -> hosts.size() >= 3, "synchronousMode 'strict' must have at least 2 "
                    + "standbys, so that commits go on when one fails, and there are %2$s",
                    postgres == null ? 0 : Math.max(0, postgres.size() - 1));
        }
        if (mode == SynchronousMode.ON || mode == SynchronousMode.QUORUM) {
            problems.require(postgres, hosts -> hosts.size() != 1, "synchronousMode '%2$s' must have at least 1 standby, "
                    + "which commits wait for, and there are 0; off is for a single host",
                    mode.name().toLowerCase(Locale.ROOT));
        }
        network(vip, gateway);
        if (!risks.oneNode()) {
            spread();
        }
    }

    /** Adds what is wrong with ports that a balancer's SSH server would share with HAProxy. */
    void checkPorts(Integer primaryPort, Integer replicaPort, Integer statsPort, String haproxyExtra) {
        if (etcd != null && balancers != null) {
            etcd.stream().filter(host -> balancers.contains(host.name())).forEach(host -> Frontend.checkSsh(
                    problems, host.label(), host.sshPort(), primaryPort, replicaPort, statsPort, haproxyExtra));
        }
    }

    /** Adds a sentence if hosts that exist already are to be fenced. */
    static void checkFencing(Problems problems, boolean fencing) {
        if (fencing) {
            problems.add("fencing 'proxmox' must be off on hosts that exist already: it powers virtual machines off "
                    + "through the Proxmox VE API");
        }
    }

    private void balancers() {
        List<String> etcdNames = etcd == null ? null : etcd.stream().map(Machine::name).toList();
        problems.require(balancers, names -> names.size() >= (risks.singleBalancer() ? 1 : 2),
                risks.singleBalancer() ? "balancerHosts has no host: it must have at least 1"
                        : "balancerHosts has %2$s: it must have at least 2, so that the virtual address can move when "
                                + "one fails; allowSingleBalancer: true accepts 1",
                balancers.size() == 1 ? "1 host" : balancers.size() + " hosts");
        problems.require(balancers, names -> names.size() <= LoadBalancer.MOST_HOSTS,
                "balancerHosts has %2$s hosts: it must have at most %3$s, since each has a VRRP priority of its own",
                balancers.size(), LoadBalancer.MOST_HOSTS);
        for (int i = 0; i < balancers.size(); i++) {
            String balancer = balancers.get(i);
            int before = balancers.indexOf(balancer);
            if (etcdNames != null && !etcdNames.contains(null)) {
                problems.require(balancer, etcdNames::contains,
                        "balancerHosts: '%s' must be the name of one of etcdHosts: %s", String.join(", ", etcdNames));
            }
            int index = i;
            problems.require(balancer, name -> before == index, "balancerHosts: '%s' must be named once");
        }
    }

    private void unique(String key, Function<Machine, Object> value, BiFunction<String, Machine, String> called) {
        Map<Object, List<String>> users = new LinkedHashMap<>();
        BiConsumer<String, List<Machine>> collect = (list, hosts) -> {
            for (int i = 0; hosts != null && i < hosts.size(); i++) {
                Object used = value.apply(hosts.get(i));
                if (used != null) {
                    users.computeIfAbsent(used, first -> new ArrayList<>())
                            .add(called.apply(list + "[" + i + "]", hosts.get(i)));
                }
            }
        };
        collect.accept("etcdHosts", etcd);
        collect.accept("postgresHosts", postgres);
        users.forEach((used, hosts) -> {
            if (hosts.size() > 1) {
                problems.add("%s '%s' must be used by one host only, and is by %s", key, used,
                        String.join(" and ", hosts));
            }
        });
    }

    /** One broadcast domain: the virtual address moves in it, and the gateway is everybody's. */
    private void network(String vipText, String gatewayText) {
        Map<String, Long> networks = all().flatMap(host -> Ipv4.withPrefix(host.address()).stream())
                .collect(Collectors.groupingBy(Ipv4::network, LinkedHashMap::new, Collectors.counting()));
        Optional<String> most = networks.entrySet().stream()
                .reduce((a, b) -> b.getValue() > a.getValue() ? b : a).map(Map.Entry::getKey);
        if (most.isEmpty()) {
            return;
        }
        String network = most.get();
        Ipv4 whole = Ipv4.withPrefix(network).orElseThrow();
        all().forEach(host -> Ipv4.withPrefix(host.address()).ifPresent(address ->
                problems.require(host.address(), text -> address.network().equals(network),
                        "%2$s: address '%1$s' must be in %3$s, the network of the other hosts", host.label(),
                        network)));
        Ipv4.withPrefix(vipText).ifPresent(vip -> {
            if (problems.require(vipText, text -> vip.network().equals(network),
                    "vip '%s' must be in %s, the network of the hosts, with that prefix", network)) {
                problems.require(vipText, text -> !vip.isNetwork() && !vip.isBroadcast(),
                        "vip '%s' must not be the network's own or broadcast address");
            }
            taken("vip", vipText, vip.host());
        });
        Ipv4.address(gatewayText).ifPresent(gateway -> {
            if (problems.require(gatewayText, text -> whole.networkHas(gateway),
                    "gateway '%s' must be in %s, the network of the hosts", network)) {
                var inNetwork = Ipv4.withPrefix(gatewayText + "/" + whole.prefix()).orElseThrow();
                problems.require(gatewayText, text -> !inNetwork.isNetwork() && !inNetwork.isBroadcast(),
                        "gateway '%s' must not be the network's own or broadcast address");
            }
            taken("gateway", gatewayText, gateway.host());
            Ipv4.withPrefix(vipText).filter(vip -> vip.host().equals(gateway.host())).ifPresent(vip ->
                    problems.add("vip '%s' must not be the address of the gateway", vipText));
        });
    }

    private void taken(String key, String text, String address) {
        all().filter(host -> Ipv4.withPrefix(host.address()).filter(own -> own.host().equals(address)).isPresent())
                .forEach(host -> problems.add("%s '%s' must not be the address of a host, and is that of %s",
                        key, text, host.label()));
    }

    private void spread() {
        List<String> nodes = all().map(Machine::node).filter(Objects::nonNull).distinct().toList();
        if (nodes.size() < 2) {
            return;
        }
        spread("etcdHosts", etcd, nodes, false);
        spread("postgresHosts", postgres, nodes, true);
        if (etcd != null && balancers != null && balancers.size() > 1) {
            onOneNode(etcd.stream().filter(host -> balancers.contains(host.name())).toList()).forEach((node, hosts) -> {
                if (hosts.size() == balancers.size()) {
                    problems.add("balancerHosts: %s are all on the Proxmox node '%s': the virtual address must have somewhere to "
                            + "go when that fails; allowOneNode: true accepts it", names(hosts), node);
                }
            });
        }
    }

    /**
     * Adds a sentence for a node whose failure takes a majority of a list's hosts, or two copies of the data while another node
     * has none.
     */
    private void spread(String key, List<Machine> machines, List<String> nodes, boolean data) {
        if (machines == null || machines.size() < 2) {
            return;
        }
        Map<String, List<Machine>> byNode = onOneNode(machines);
        byNode.forEach((node, hosts) -> {
            boolean majority = 2 * hosts.size() > machines.size();
            if (majority || data && hosts.size() > 1 && byNode.size() < nodes.size()) {
                problems.add("%s: %s are on the Proxmox node '%s', and %s; others of %s must have them, or allowOneNode: true "
                        + "accepts it", key, names(hosts), node,
                        data ? "may have the only two copies of a commit there" : "are a majority of etcd",
                        String.join(", ", nodes));
            }
        });
    }

    private static Map<String, List<Machine>> onOneNode(List<Machine> machines) {
        return machines.stream().filter(host -> host.node() != null)
                .collect(Collectors.groupingBy(Machine::node, LinkedHashMap::new, Collectors.toList()));
    }

    private static String names(List<Machine> hosts) {
        return hosts.stream().map(host -> "'" + host.name() + "'").collect(Collectors.joining(" and "));
    }

    private Stream<Machine> all() {
        return Stream.of(etcd, postgres).filter(Objects::nonNull).flatMap(List::stream);
    }
}
