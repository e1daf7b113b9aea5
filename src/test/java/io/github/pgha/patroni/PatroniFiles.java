package io.github.pgha.patroni;

import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.patroni.PatroniConfig.Member;
import io.github.pgha.patroni.PatroniConfig.Passwords;
import io.github.pgha.proxmox.VmSpec;

/** A PostgreSQL host's files, for tests outside the package. */
public final class PatroniFiles {
    private PatroniFiles() {}

    /** Patroni's configuration of the first member. */
    public static String config(PostgresClusterArgs args) {
        return PatroniConfig.render(args.database(), first(args), args.postgresHosts().stream().map(PatroniFiles::member).toList(),
                args.etcdHosts().stream().map(spec -> "https://" + spec.ip() + ":2379").toList());
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

    private static Member member(VmSpec spec) {
        return new Member(spec.name(), spec.ip(), spec.memoryMb());
    }
}
