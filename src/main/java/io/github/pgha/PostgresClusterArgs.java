package io.github.pgha;

import io.github.pgha.balancer.Frontend;
import io.github.pgha.patroni.Database;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VmSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A whole cluster.
 *
 * @param etcdHosts     machines of etcd; an odd number, at least three
 * @param postgresHosts machines of PostgreSQL; at least one
 * @param balancerHosts names of the etcd hosts that balance too; the first is the virtual address's home
 * @param site          what is common to all machines
 * @param database      what is served
 * @param frontend      where clients come in
 */
public record PostgresClusterArgs(
        List<VmSpec> etcdHosts,
        List<VmSpec> postgresHosts,
        List<String> balancerHosts,
        Site site,
        Database database,
        Frontend frontend) {

    /** @throws IllegalArgumentException with one sentence that names the key, the value and the rule */
    public PostgresClusterArgs {
        if (postgresHosts.isEmpty()) {
            throw new IllegalArgumentException("postgresHosts has no host: it must be at least 1");
        }
        unique("name", VmSpec::name, etcdHosts, postgresHosts);
        unique("address", VmSpec::ip, etcdHosts, postgresHosts);
        unique("vmId", VmSpec::vmId, etcdHosts, postgresHosts);
        Set<String> names = new HashSet<>(etcdHosts.stream().map(VmSpec::name).toList());
        for (String balancer : balancerHosts) {
            if (!names.remove(balancer)) {
                throw new IllegalArgumentException(
                        "balancerHosts: '" + balancer + "' must be the name of one of etcdHosts, once");
            }
        }
        for (VmSpec spec : Stream.concat(etcdHosts.stream(), postgresHosts.stream()).toList()) {
            if (spec.ip().equals(frontend.vipAddress())) {
                throw new IllegalArgumentException(
                        "vip '" + frontend.vip() + "' must not be the address of a host, and is that of " + spec.name());
            }
        }
    }

    private static void unique(String key, Function<VmSpec, Object> value, List<VmSpec> some, List<VmSpec> others) {
        Set<Object> seen = new HashSet<>();
        Stream.concat(some.stream(), others.stream()).forEach(spec -> {
            if (!seen.add(value.apply(spec))) {
                throw new IllegalArgumentException(
                        "host '" + spec.name() + "': " + key + " '" + value.apply(spec) + "' must be used by one host only");
            }
        });
    }
}
