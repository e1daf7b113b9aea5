package io.github.pgha.patroni;

import io.github.pgha.host.HostScript;
import io.github.pgha.rules.Nearest;
import io.github.pgha.rules.Problems;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the user sets of PostgreSQL's parameters, in place of the cluster's defaults and PostgreSQL's own. One that is
 * left out has its default again.
 *
 * @param values values by name, as in {@code postgresql.conf} without quotes
 */
public record PostgresParameters(Map<String, String> values) {
    private static final String KEY = "postgresParameters";
    /** All of PostgreSQL 17 that can be set, from pg_settings; those of extensions have a dot. */
    private static final Set<String> KNOWN =
            HostScript.resource("patroni/parameters-17.txt").lines().collect(Collectors.toUnmodifiableSet());
    /** With one dot: PostgreSQL takes more of them in SET, but not in its files. */
    private static final Pattern OF_AN_EXTENSION = Pattern.compile("[a-z_][a-z0-9_]*\\.[a-z_][a-z0-9_]*");
    /** What Patroni makes of the cluster's state, what the cluster's security rests on, and what loses data. */
    private static final Set<String> OWN = Set.of(
            "cluster_name", "config_file", "data_directory", "external_pid_file", "hba_file", "hot_standby",
            "ident_file", "listen_addresses", "port", "primary_conninfo", "primary_slot_name",
            "synchronous_standby_names", "unix_socket_directories",
            "password_encryption", "ssl", "ssl_ca_file", "ssl_cert_file", "ssl_key_file", "ssl_min_protocol_version",
            "fsync", "full_page_writes");
    private static final String CONNECTIONS = "max_connections";
    /** What is to be left of max_connections for the application. */
    private static final int LEAST_SESSIONS = 10;
    /** What of max_connections isn't for the application, by default; the second is PostgreSQL's own default. */
    private static final Map<String, Integer> RESERVED = Map.of("reserved_connections",
            ParametersConfig.RESERVED_CONNECTIONS, "superuser_reserved_connections", 3);
    private static final Pattern WHOLE_NUMBER = Pattern.compile("0|[1-9]\\d{0,8}");
    /** Below these Patroni takes its default in place of the value, and only warns (its CMDLINE_OPTIONS). */
    private static final Map<String, Integer> LEAST = Map.of(CONNECTIONS, 25, "max_wal_senders", 3,
            "max_replication_slots", 4, "max_worker_processes", 2, "max_locks_per_transaction", 32,
            "max_prepared_transactions", 0);
    /** The same, in MiB. */
    private static final int LEAST_WAL_KEPT = 16;
    /** The same for those that are on or off: PostgreSQL reads more words as one of them than Patroni does. */
    private static final Set<String> SWITCHES = Set.of("track_commit_timestamp", "wal_log_hints");
    private static final Set<String> ON_OR_OFF = Set.of("on", "off", "true", "false", "yes", "no", "1", "0");
    private static final Pattern SIZE = Pattern.compile("\\s*(\\d{1,15}(?:\\.\\d{0,15})?)\\s*(B|kB|MB|GB|TB|)\\s*");
    private static final Map<String, Double> MEBIBYTES =
            Map.of("B", 1.0 / 1024 / 1024, "kB", 1.0 / 1024, "MB", 1.0, "GB", 1024.0, "TB", 1024.0 * 1024);
    /** What shared_buffers are counted in without a unit, in MiB. */
    private static final double BLOCK = 8.0 / 1024;
    /** Part of a host's memory that shared_buffers may take, in percent: sessions need the rest. */
    private static final int MOST_SHARED = 75;

    /** None. Behind what its check looks at. */
    public static final PostgresParameters NONE = new PostgresParameters(Map.of());

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public PostgresParameters {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
        values.forEach((name, value) -> Objects.requireNonNull(value, name));
        var problems = new Problems();
        check(problems, values);
        problems.orThrow();
    }

    /**
     * Adds what can be known without a server; a null is passed over. Whether PostgreSQL takes the values it says
     * itself, before any member has them.
     */
    public static void check(Problems problems, Map<String, String> values) {
        if (values == null) {
            return;
        }
        new TreeMap<>(values).forEach((name, value) -> {
            if (value == null) {
                return;
            }
            String lower = name.toLowerCase(Locale.ROOT);
            if (!name.equals(lower)) {
                problems.add(KEY + ": '%s' must be written in lower case", name);
            } else if (OWN.contains(name) || name.startsWith("recovery_target") || name.startsWith("pgha.")) {
                problems.add(KEY + ": '%s' must not be set: it is the cluster's own", name);
            } else if (!KNOWN.contains(name) && !OF_AN_EXTENSION.matcher(name).matches()) {
                problems.add(KEY + ": '%s' is not a parameter of PostgreSQL 17: the nearest one is %s", name,
                        Nearest.to(name, KNOWN));
            }
            problems.require(value, text -> text.chars().noneMatch(Character::isISOControl),
                    KEY + ": %2$s '%1$s' must not have a control character", name);
            Integer least = LEAST.get(name);
            if (least != null && problems.require(value, text -> WHOLE_NUMBER.matcher(text).matches(),
                    KEY + ": %2$s '%1$s' must be a whole number of at most 999999999", name)) {
                problems.require(value, text -> Integer.parseInt(text) >= least,
                        KEY + ": %2$s '%1$s' must be at least %3$s", name, least);
            }
            if (SWITCHES.contains(name)) {
                problems.require(value, ON_OR_OFF::contains, KEY + ": %2$s '%1$s' must be on or off", name);
            }
        });
        for (String name : new TreeSet<>(RESERVED.keySet())) {
            problems.require(values.get(name), text -> WHOLE_NUMBER.matcher(text).matches(),
                    KEY + ": %2$s '%1$s' must be a whole number of at most 999999999", name);
        }
        int connections = number(values, CONNECTIONS, ParametersConfig.CONNECTIONS);
        int reserved = RESERVED.entrySet().stream()
                .mapToInt(some -> number(values, some.getKey(), some.getValue())).sum();
        if (connections >= LEAST.get(CONNECTIONS) && connections - reserved < LEAST_SESSIONS) {
            problems.add(KEY + ": reserved_connections and superuser_reserved_connections must leave %s of "
                    + "max_connections '%s' to the application, and leave %s",
                    LEAST_SESSIONS, connections, connections - reserved);
        }
        problems.require(values.get("wal_keep_size"), size -> mebibytes(size, 1).orElse(0) >= LEAST_WAL_KEPT,
                KEY + ": wal_keep_size '%s' must be at least %sMB", LEAST_WAL_KEPT);
        problems.require(values.get("wal_level"), level -> Set.of("replica", "logical").contains(level),
                KEY + ": wal_level '%s' must be replica or logical");
    }

    /** Adds what is wrong with the parameters where commits have to wait for standbys, or needn't. */
    public static void checkDurability(Problems problems, Map<String, String> values, SynchronousMode mode) {
        if (values != null && mode != null && mode != SynchronousMode.OFF) {
            problems.require(values.get("synchronous_commit"), commit -> Set.of("on", "remote_apply").contains(commit),
                    KEY + ": synchronous_commit '%s' must be on or remote_apply, or synchronousMode must be off");
        }
    }

    /**
     * Adds what is wrong with the parameters on a host.
     *
     * @param label    what the host is called in sentences
     * @param memoryMb its memory in MiB; null if it isn't known
     */
    public static void checkMemory(Problems problems, Map<String, String> values, String label, Integer memoryMb) {
        if (values == null || memoryMb == null) {
            return;
        }
        // What isn't a size, PostgreSQL refuses.
        problems.require(values.get("shared_buffers"),
                size -> mebibytes(size, BLOCK).orElse(0) <= memoryMb / 100.0 * MOST_SHARED,
                KEY + ": shared_buffers '%s' must be at most %s %% of the memory of %s, which is %s MiB", MOST_SHARED,
                label, memoryMb);
    }

    /** How many sessions each member takes, those that are reserved included. */
    public int maxConnections() {
        return number(values, CONNECTIONS, ParametersConfig.CONNECTIONS);
    }

    private static int number(Map<String, String> values, String name, int otherwise) {
        String value = values.get(name);
        return value != null && WHOLE_NUMBER.matcher(value).matches() ? Integer.parseInt(value) : otherwise;
    }

    private static OptionalDouble mebibytes(String size, double withoutUnit) {
        var parts = SIZE.matcher(size);
        return parts.matches()
                ? OptionalDouble.of(
                        Double.parseDouble(parts.group(1)) * MEBIBYTES.getOrDefault(parts.group(2), withoutUnit))
                : OptionalDouble.empty();
    }
}
