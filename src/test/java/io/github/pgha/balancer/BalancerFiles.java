package io.github.pgha.balancer;

import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.host.HostSpec;
import java.util.List;

/** A balancer's files, for tests outside the package. */
public final class BalancerFiles {
    private BalancerFiles() {}

    /** HAProxy's configuration of the first balancer. */
    public static String haproxy(PostgresClusterArgs args) {
        return HaproxyConfig.render(args.balancerHosts().get(0), args.frontend(),
                args.postgresHosts().stream().map(spec -> new Backend(spec.name(), spec.ip(),
                        args.database().parameters().maxConnections())).toList());
    }

    /** HAProxy's second file. */
    public static String secrets(String password) {
        return HaproxySecrets.render(password);
    }

    /** The interface of the virtual address; eth0 where it is to be found. */
    public static String networkInterface(PostgresClusterArgs args) {
        String given = args.frontend().networkInterface();
        return given.isEmpty() ? "eth0" : given;
    }

    /** keepalived's configuration of the first balancer, as it is when the interface has been found. */
    public static String keepalived(PostgresClusterArgs args) {
        List<String> balancers = args.etcdHosts().stream().filter(spec -> args.balancerHosts().contains(spec.name()))
                .map(HostSpec::ip).toList();
        return KeepalivedConfig.render(args.frontend(), balancers.get(0), balancers.subList(1, balancers.size()), 250)
                .replace(KeepalivedConfig.INTERFACE_TO_FIND, networkInterface(args));
    }

    /** The drop-in of HAProxy's unit. */
    public static String unit(PostgresClusterArgs args) {
        return HaproxyUnit.render(args.frontend());
    }
}
