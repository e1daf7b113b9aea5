package io.github.pgha.patroni;

import io.github.pgha.secret.Fingerprint;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * PostgreSQL's parameters: the cluster's defaults, then the user's, then those that the cluster must own.
 *
 * <p>A member's own are in a file of Patroni's on it. Some must be the same on all members (a standby may not have less
 * than its primary, or replication depends on them), and Patroni takes those from the shared settings only.
 *
 * <p>Each of the two has a fingerprint among its parameters, which does nothing: {@code SHOW pgha.parameters} tells
 * that the server has read them.
 */
final class ParametersConfig {
    /** Name of the fingerprint of a member's own parameters. */
    static final String OWN = "pgha.parameters";
    /** Name of the fingerprint of the shared settings. */
    static final String SHARED = "pgha.shared";

    /** max_connections by default. */
    static final int CONNECTIONS = 200;
    /** Those of them that are for the cluster's own roles, by default. */
    static final int RESERVED_CONNECTIONS = 5;

    /** Patroni's CMDLINE_OPTIONS, without those that nobody may set. */
    private static final Set<String> SHARED_NAMES = Set.of("max_connections", "max_locks_per_transaction",
            "max_prepared_transactions", "max_replication_slots", "max_wal_senders", "max_worker_processes",
            "track_commit_timestamp", "wal_keep_size", "wal_level", "wal_log_hints");

    private ParametersConfig() {}

    /** Returns a member's own parameters. */
    static Map<String, Object> own(PostgresParameters users, int memoryMb) {
        var all = new LinkedHashMap<String, Object>();
        // Shares of memory as PostgreSQL's documentation starts with them.
        all.put("shared_buffers", memoryMb / 4 + "MB");
        all.put("effective_cache_size", memoryMb * 3L / 4 + "MB");
        all.put("maintenance_work_mem", Math.max(16, memoryMb / 16) + "MB");
        all.put("random_page_cost", 1.1);
        // pglz, which 'on' means, takes more time than it saves.
        all.put("wal_compression", "lz4");
        // After a checkpoint the first change of a page writes the whole page into the WAL: so not too often. A member
        // that crashed has more to replay, but meanwhile another one leads. A tenth of the default disk.
        all.put("max_wal_size", "2GB");
        all.put("checkpoint_timeout", "15min");
        // A standby that is away for too long loses its WAL rather than filling the primary's disk. Then it never streams again
        // by itself: the doctor says so, and `repair` lets it copy the primary anew.
        all.put("max_slot_wal_keep_size", "4GB");
        // For pg_rewind, with which a former leader comes back while the application has all the others.
        all.put("reserved_connections", RESERVED_CONNECTIONS);
        // A standby without a leader looks for WAL this often, and a promotion may have to wait for its next look: 5 s by
        // default.
        all.put("wal_retrieve_retry_interval", "200ms");
        all.put("log_connections", "on");
        all.put("log_replication_commands", "on");
        users.values().forEach((name, value) -> {
            if (!SHARED_NAMES.contains(name)) {
                all.put(name, value);
            }
        });
        all.put("password_encryption", "scram-sha-256");
        all.put("ssl", "on");
        all.put("ssl_cert_file", PatroniConfig.TLS + "/postgresql.pem");
        all.put("ssl_key_file", PatroniConfig.TLS + "/postgresql.key");
        all.put("ssl_min_protocol_version", "TLSv1.2");
        all.put("unix_socket_directories", "/var/run/postgresql");
        all.put(OWN, fingerprint(all));
        return all;
    }

    /** Returns the parameters that all members share. */
    static Map<String, Object> shared(PostgresParameters users) {
        var all = new LinkedHashMap<String, Object>();
        all.put("max_connections", CONNECTIONS);
        users.values().forEach((name, value) -> {
            if (SHARED_NAMES.contains(name)) {
                all.put(name, value.matches("[1-9]\\d{0,8}") ? Integer.valueOf(value) : value);
            }
        });
        return all;
    }

    /** Returns a {@code postgresql.conf} with all of them, for PostgreSQL to judge. */
    static String renderTrial(PostgresParameters users, int memoryMb) {
        var all = own(users, memoryMb);
        all.putAll(shared(users));
        return all.entrySet().stream()
                .map(entry -> "%s = '%s'\n".formatted(entry.getKey(),
                        entry.getValue().toString().replaceAll("['\\\\]", "$0$0")))
                .collect(Collectors.joining());
    }

    /** Returns a text that no reader of YAML takes for a number. */
    static String fingerprint(Object settings) {
        return "f" + Fingerprint.of(settings.toString());
    }
}
