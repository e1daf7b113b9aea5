package io.github.pgha.firewall;

import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.host.HostSpec;
import java.util.Set;

/** A host's packet filter, for tests. */
public final class FirewallFiles {
    private FirewallFiles() {}

    /** The rules of a host with these roles. */
    public static String rules(PostgresClusterArgs args, Set<Role> roles) {
        return FirewallConfig.render(roles, topology(args), args.access(), 22);
    }

    static Topology topology(PostgresClusterArgs args) {
        var balancers = args.etcdHosts().stream().filter(spec -> args.balancerHosts().contains(spec.name()));
        return new Topology(args.etcdHosts().stream().map(HostSpec::ip).toList(),
                args.postgresHosts().stream().map(HostSpec::ip).toList(), balancers.map(HostSpec::ip).toList(),
                args.frontend().primaryPort(), args.frontend().replicaPort(), args.frontend().statsPort(),
                args.frontend().extra().ports(), args.fencing().isPresent());
    }
}
