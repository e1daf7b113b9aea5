package io.github.pgha.patroni;

import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.host.HostSpec;
import io.github.pgha.patroni.PatroniConfig.Member;
import io.github.pgha.patroni.PatroniConfig.Passwords;
import java.util.List;
import java.util.Map;

/** A PostgreSQL host's files, for tests outside the package. */
public final class PatroniFiles {
    private PatroniFiles() {}

    /** Patroni's configuration of the first member. */
    public static String config(PostgresClusterArgs args) {
        return config(args, first(args).address(), args.etcdHosts().stream().map(HostSpec::ip).toList());
    }

    /** The same of a member at another address, with etcd at others. */
    public static String config(PostgresClusterArgs args, String address, List<String> etcd) {
        return PatroniConfig.render(args.database(), new Member(first(args).name(), address, first(args).memoryMb()),
                args.postgresHosts().stream().map(PatroniFiles::member).toList(),
                etcd.stream().map(host -> "https://" + host + ":2379").toList());
    }

    /** The first member's own parameters, which the cluster's are among. */
    public static Map<String, Object> ownParameters(PostgresClusterArgs args) {
        return ParametersConfig.own(args.database().parameters(), first(args).memoryMb());
    }

    /** The file with the first member's parameters. */
    public static String parameters(PostgresClusterArgs args) {
        return PatroniConfig.renderParameters(args.database(), first(args));
    }

    /** The file with passwords. */
    public static String secrets(String replication, String rewind, String rest, String etcd) {
        return PatroniConfig.renderSecrets(new Passwords(replication, rewind, rest, "patroni-1", etcd));
    }

    /** The settings that all members share. */
    public static String shared(PostgresClusterArgs args) {
        return PatroniConfig.renderShared(args.database());
    }

    /** The configuration that PostgreSQL judges. */
    public static String trial(PostgresClusterArgs args) {
        return ParametersConfig.renderTrial(args.database().parameters(), first(args).memoryMb());
    }

    private static Member first(PostgresClusterArgs args) {
        return member(args.postgresHosts().get(0));
    }

    private static Member member(HostSpec spec) {
        return new Member(spec.name(), spec.ip(), spec.memoryMb());
    }
}
