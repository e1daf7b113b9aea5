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
import java.util.regex.Matcher;
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
    /** All of PostgreSQL 17 that can be set with their types, from pg_settings; those of extensions have a dot. */
    private static final Map<String, String> TYPES = HostScript.resource("patroni/parameters-17.txt").lines()
            .map(line -> line.split(" ")).collect(Collectors.toUnmodifiableMap(words -> words[0], words -> words[1]));
    /** With one dot: PostgreSQL takes more of them in SET, but not in its files. */
    private static final Pattern OF_AN_EXTENSION = Pattern.compile("[a-z_][a-z0-9_]*\\.[a-z_][a-z0-9_]*");
    /** What Patroni makes of the cluster's state, what the cluster's security rests on, and what loses data. */
    private static final Set<String> OWN = Set.of(
            "cluster_name", "config_file", "data_directory", "external_pid_file", "hba_file", "hot_standby",
            "ident_file", "listen_addresses", "port", "primary_conninfo", "primary_slot_name",
            "synchronous_standby_names", "unix_socket_directories",
            "password_encryption", "ssl", "ssl_ca_file", "ssl_cert_file", "ssl_key_file", "ssl_min_protocol_version",
            "fsync", "full_page_writes", "ignore_invalid_pages", "session_replication_role", "zero_damaged_pages");
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
    /** Files that TLS is set up with beside the cluster's own; those in a data directory go with it. */
    private static final Set<String> FILES = Set.of("ssl_crl_dir", "ssl_crl_file", "ssl_dh_params_file");
    private static final Pattern DURATION = Pattern.compile("\\s*(\\d{1,15}(?:\\.\\d{0,15})?)\\s*(us|ms|s|min|h|d|)\\s*");
    private static final Map<String, Double> MILLISECONDS = Map.of("us", 0.001, "ms", 1.0, "s", 1000.0, "min", 60_000.0,
            "h", 3_600_000.0, "d", 86_400_000.0);
    /** Times in ms, counted in ms without a unit, below which no session or no replication lives; 0 is for ever. */
    private static final Map<String, Integer> LEAST_MS = Map.of("statement_timeout", 100, "transaction_timeout", 100,
            "idle_session_timeout", 100, "tcp_user_timeout", 1000, "wal_receiver_timeout", 1000,
            "wal_sender_timeout", 1000);
    private static final Pattern SIZE = Pattern.compile("\\s*(\\d{1,15}(?:\\.\\d{0,15})?)\\s*(B|kB|MB|GB|TB|)\\s*");
    private static final Map<String, Double> MEBIBYTES =
            Map.of("B", 1.0 / 1024 / 1024, "kB", 1.0 / 1024, "MB", 1.0, "GB", 1024.0, "TB", 1024.0 * 1024);
    /** What PostgreSQL reads as off. */
    private static final Pattern OFF = Pattern.compile("(?i)of|off|f(a(l(se?)?)?)?|no?|0");
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

    /** Whether a parameter takes a text and no number or switch: of an extension's nothing is known, so they count as texts. */
    public static boolean isText(String name) {
        return "string".equals(TYPES.get(name)) || OF_AN_EXTENSION.matcher(name).matches();
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
            } else if (!TYPES.containsKey(name) && !OF_AN_EXTENSION.matcher(name).matches()) {
                problems.add(KEY + ": '%s' is not a parameter of PostgreSQL 17: the nearest one is %s", name,
                        Nearest.to(name, TYPES.keySet()));
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
        for (String name : new TreeSet<>(FILES)) {
            problems.require(values.get(name), path -> path.isEmpty() || path.startsWith("/"),
                    KEY + ": %2$s '%1$s' must be an absolute path", name);
        }
        new TreeMap<>(LEAST_MS).forEach((name, least) -> problems.require(values.get(name), time -> {
            double ms = milliseconds(time, 1).orElse(0);
            return ms == 0 || ms >= least;
        }, KEY + ": %2$s '%1$s' must be 0 or at least %3$sms: the cluster's own sessions have it, too", name, least));
        // What isn't a time or a switch, PostgreSQL refuses.
        problems.require(values.get("recovery_min_apply_delay"), time -> milliseconds(time, 1).orElse(0) == 0,
                KEY + ": recovery_min_apply_delay '%s' must be 0: all standbys would be that late, and who takes over "
                        + "is one of them");
        problems.require(values.get("default_transaction_read_only"), text -> OFF.matcher(text).matches(),
                KEY + ": default_transaction_read_only '%s' must be off: nobody would write, the cluster itself neither");
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
            problems.require(values.get("wal_receiver_status_interval"),
                    time -> milliseconds(time, 1000).orElse(1) > 0,
                    KEY + ": wal_receiver_status_interval '%s' must not be 0, or synchronousMode must be off: commits "
                            + "wait until standbys tell what they have");
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

    private static OptionalDouble milliseconds(String time, double withoutUnit) {
        return amount(DURATION.matcher(time), MILLISECONDS, withoutUnit);
    }

    private static OptionalDouble mebibytes(String size, double withoutUnit) {
        return amount(SIZE.matcher(size), MEBIBYTES, withoutUnit);
    }

    /** A number and its unit, in the unit of what each of them is; empty if the value isn't written so. */
    private static OptionalDouble amount(Matcher parts, Map<String, Double> units, double withoutUnit) {
        return parts.matches()
                ? OptionalDouble.of(Double.parseDouble(parts.group(1)) * units.getOrDefault(parts.group(2), withoutUnit))
                : OptionalDouble.empty();
    }
}
