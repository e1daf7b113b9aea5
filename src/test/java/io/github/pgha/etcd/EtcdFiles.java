package io.github.pgha.etcd;

import io.github.pgha.PostgresClusterArgs;
import java.util.List;

/** An etcd host's files, for tests outside the package. */
public final class EtcdFiles {
    private EtcdFiles() {}

    /** The environment file of the first member. */
    public static String environment(PostgresClusterArgs args) {
        List<EtcdMember> members =
                args.etcdHosts().stream().map(spec -> new EtcdMember(spec.name(), spec.ip())).toList();
        return EtcdConfig.render(members.get(0), EtcdConfig.founders(members), args.database().clusterName());
    }
}
