package io.github.pgha.patroni;

import static io.github.pgha.patroni.PatroniExtra.object;
import static java.util.Map.entry;

import io.github.pgha.rules.Nearest;
import io.github.pgha.rules.PlainValue;
import io.github.pgha.rules.Problems;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What may be added to Patroni's configuration: names and values of Patroni 4.0, which Debian 13 has. */
final class PatroniExtraRules {
    /** Name of the setting in etcd that names the user's, so that they can be taken out again. */
    static final String NAMES = "pgha_extra";
    /** What is in either part. */
    static final String POSTGRESQL = "postgresql";

    private static final String KEY = "patroniExtra";
    private static final String METHODS = "create_replica_methods";
    private static final String BASEBACKUP = "basebackup";
    private static final String OWN = "it is the cluster's own";
    private static final String PARAMETERS = input("postgresParameters");
    private static final String SYNCHRONOUS = input("synchronousMode");
    /** Time with a unit, as PostgreSQL writes it. */
    private static final String DURATION = "(0|[1-9]\\d{0,8}) ?(us|ms|s|min|h|d)";

    /** A rule of a value, and how a sentence about it goes on. */
    private record Rule(Predicate<Object> kept, String text) {}

    private static final Rule BOOLEAN = new Rule(Boolean.class::isInstance, "must be true or false");
    private static final Rule TEXT = new Rule(String.class::isInstance, "must be a text");
    private static final Rule OBJECT = new Rule(Map.class::isInstance, "must be an object");
    /** An object whose settings have rules of their own. */
    private static final Rule SECTION = new Rule(
            value -> value instanceof Map<?, ?> map && map.keySet().stream().allMatch(String.class::isInstance),
            "must be an object");
    private static final Rule PLAIN = new Rule(value -> !(value instanceof Map || value instanceof List),
            "must be a text, a number, true or false");
    private static final Rule SECONDS = number(0, Integer.MAX_VALUE, "seconds");

    private static final Map<String, Rule> PARTS = Map.of("dynamic", SECTION, "local", SECTION);

    /** Of those that Patroni reads from etcd only; it passes others over without a word. */
    private static final Map<String, Rule> DYNAMIC = Map.ofEntries(
            entry("check_timeline", BOOLEAN),
            entry("ignore_slots", new Rule(value -> isList(value, Map.class), "must be a list of objects")),
            entry("maximum_lag_on_failover", number(0, Long.MAX_VALUE, "bytes")),
            entry("maximum_lag_on_syncnode", number(-1, Long.MAX_VALUE, "bytes")),
            entry("max_timelines_history", number(0, Integer.MAX_VALUE, "entries")),
            entry("member_slots_ttl", new Rule(
                    value -> value instanceof String text ? text.matches(DURATION) : SECONDS.kept.test(value),
                    "must be a whole number of at least 0, seconds, or a text with a unit, such as 30min")),
            entry(POSTGRESQL, SECTION),
            entry("primary_start_timeout", SECONDS),
            entry("primary_stop_timeout", SECONDS),
            entry("slots", new Rule(value -> isObject(value, Map.class),
                    "must be an object with an object for each slot, such as {shop: {type: physical}}")));
    private static final Map<String, String> DYNAMIC_OWN = Map.ofEntries(
            entry("ttl", input("patroniTtl")),
            entry("loop_wait", input("patroniLoopWait")),
            entry("retry_timeout", input("patroniRetryTimeout")),
            entry("synchronous_mode", SYNCHRONOUS),
            entry("synchronous_mode_strict", SYNCHRONOUS),
            entry("synchronous_node_count", SYNCHRONOUS),
            entry("failsafe_mode", OWN),
            entry("pause", "it is a state, which `patronictl pause` and `patronictl resume` change"),
            entry("standby_cluster", "the cluster has a primary of its own"),
            entry(NAMES, OWN));

    private static final Map<String, Rule> LOCAL =
            Map.of("log", SECTION, "tags", SECTION, "watchdog", SECTION, POSTGRESQL, SECTION);
    private static final Map<String, String> LOCAL_OWN = own(Map.of("scope", input("clusterName")),
            "name", "namespace", "restapi", "ctl", "bootstrap", "citus", "etcd3", "etcd", "consul", "zookeeper",
            "exhibitor", "kubernetes", "raft");

    private static final Map<String, Rule> OF_POSTGRESQL = Map.of(
            "callbacks", new Rule(value -> isObject(value, String.class),
                    "must be an object with a text for each event"),
            METHODS, new Rule(value -> isList(value, String.class), "must be a list of names"),
            "pg_ctl_timeout", SECONDS,
            "remove_data_directory_on_rewind_failure", BOOLEAN,
            "remove_data_directory_on_diverged_timelines", BOOLEAN);
    private static final Map<String, String> POSTGRESQL_OWN = own(
            Map.of("parameters", PARAMETERS, "custom_conf", PARAMETERS, "recovery_conf", PARAMETERS,
                    "pg_hba", input("clientNetworks")),
            "listen", "connect_address", "proxy_address", "data_dir", "config_dir", "config_base_name", "bin_dir",
            "bin_name", "pgpass", "database", "authentication", "superuser", "replication", "pg_rewind", "pg_ident",
            "use_unix_socket", "use_unix_socket_repl", "use_slots", "use_pg_rewind", "name", "scope", "retry_timeout",
            "citus");

    private static final Map<String, Rule> LOG = Map.ofEntries(
            entry("type", oneOf("plain", "json")),
            entry("level", oneOf("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL")),
            entry("traceback_level", oneOf("DEBUG", "ERROR")),
            entry("format", TEXT),
            entry("dateformat", TEXT),
            entry("static_fields", OBJECT),
            entry("loggers", OBJECT),
            entry("max_queue_size", number(0, Integer.MAX_VALUE, "lines")),
            entry("dir", new Rule(
                    value -> value instanceof String text && text.matches("/var/(log|lib)/postgresql(/[^/.][^/]*)*"),
                    "must be in /var/log/postgresql or /var/lib/postgresql: Patroni's unit may write nowhere else")),
            entry("file_num", number(0, Integer.MAX_VALUE, "files")),
            entry("file_size", number(0, Integer.MAX_VALUE, "bytes")),
            entry("mode", number(0, 0777, "which is 0777 in octal")));
    private static final Map<String, Rule> WATCHDOG = Map.of(
            // Readers of YAML 1.1 take a plain off for false, and Patroni takes that too.
            "mode", new Rule(value -> Arrays.<Object>asList("off", "automatic", false).contains(value),
                    "must be off or automatic: with required nobody would lead on hosts without a watchdog"),
            "safety_margin", number(-1, Integer.MAX_VALUE, "seconds"));
    private static final Map<String, String> WATCHDOG_OWN = own(Map.of(), "device");
    private static final Map<String, String> TAGS_OWN = Stream.of(
            "nofailover", "failover_priority", "noloadbalance", "replicatefrom", "nosync", "nostream")
            .collect(Collectors.toUnmodifiableMap(
                    name -> name, name -> "all members would have it, and it is for single ones"));

    private final Problems problems;

    PatroniExtraRules(Problems problems) {
        this.problems = problems;
    }

    /** Adds what is wrong with the parts by their names. */
    void check(Map<String, ?> parts) {
        settings("", parts, PARTS, Map.of(), true);
        var dynamic = object(parts.get("dynamic"));
        var local = object(parts.get("local"));
        settings("dynamic.", dynamic, DYNAMIC, DYNAMIC_OWN, true);
        settings("local.", local, LOCAL, LOCAL_OWN, true);
        var shared = object(dynamic.get(POSTGRESQL));
        var own = object(local.get(POSTGRESQL));
        settings("dynamic.postgresql.", shared, OF_POSTGRESQL, POSTGRESQL_OWN, false);
        settings("local.postgresql.", own, OF_POSTGRESQL, POSTGRESQL_OWN, false);
        problems.require(shared.get(BASEBACKUP), value -> false, KEY + ": dynamic.postgresql.basebackup '%s' must be "
                + "in local.postgresql: each member's file has one, which goes before");
        methods("dynamic", shared, own);
        methods("local", own, shared);
        settings("local.log.", object(local.get("log")), LOG, Map.of(), true);
        settings("local.watchdog.", object(local.get("watchdog")), WATCHDOG, WATCHDOG_OWN, true);
        var tags = object(local.get("tags"));
        settings("local.tags.", tags, tags.keySet().stream().collect(Collectors.toMap(
                name -> name, name -> name.equals("clonefrom") ? BOOLEAN : PLAIN)), TAGS_OWN, true);
    }

    /**
     * Adds what is wrong with an object's settings.
     *
     * @param place  where it is, with a dot at the end
     * @param rules  those of known settings
     * @param own    settings that aren't the user's, and why
     * @param closed whether there are no others
     */
    private void settings(String place, Map<String, ?> values, Map<String, Rule> rules, Map<String, String> own,
            boolean closed) {
        new TreeMap<>(values).forEach((name, value) -> {
            Rule rule = rules.get(name);
            if (own.containsKey(name)) {
                problems.add(KEY + ": %s '%s' must not be set: %s", place + name, value, own.get(name));
            } else if (rule == null && closed) {
                problems.add(KEY + ": %s '%s' is not one of Patroni's settings there: the nearest one is %s",
                        place + name, value, Nearest.to(name, new TreeSet<>(rules.keySet())));
            } else if (rule != null && !rule.kept.test(value)) {
                problems.add(KEY + ": %s '%s' %s", place + name, value, rule.text);
            } else if (rule != SECTION && hasNothing(value)) {
                problems.add(KEY + ": %s '%s' must not have an empty value: what is left out has its default",
                        place + name, value);
            } else if (rule != SECTION) {
                PlainValue.fault(value).ifPresent(fault ->
                        problems.add(KEY + ": %s '%s' %s", place + name, value, fault));
            }
        });
    }

    /** A member is made by the methods in turn, and Patroni passes one over that it knows nothing of. */
    private void methods(String part, Map<String, ?> settings, Map<String, ?> others) {
        if (settings.get(METHODS) instanceof List<?> names) {
            names.stream().filter(name -> name instanceof String && !name.equals(BASEBACKUP)
                    && !(settings.get(name) instanceof Map) && !(others.get(name) instanceof Map)).forEach(name ->
                    problems.add(KEY + ": %s.postgresql.create_replica_methods '%s' must have an object of that name "
                            + "in postgresql", part, name));
        }
    }

    /** Patroni takes an empty value for one that is to be removed. */
    private static boolean hasNothing(Object value) {
        return value == null
                || value instanceof Map<?, ?> map && map.values().stream().anyMatch(PatroniExtraRules::hasNothing)
                || value instanceof List<?> list && list.stream().anyMatch(PatroniExtraRules::hasNothing);
    }

    private static boolean isList(Object value, Class<?> elements) {
        return value instanceof List<?> list && list.stream().allMatch(elements::isInstance);
    }

    private static boolean isObject(Object value, Class<?> elements) {
        return value instanceof Map<?, ?> map && map.values().stream().allMatch(elements::isInstance);
    }

    private static Rule number(long least, long most, String what) {
        return new Rule(value -> (value instanceof Integer || value instanceof Long)
                && ((Number) value).longValue() >= least && ((Number) value).longValue() <= most,
                "must be a whole number of at least " + least
                        + (most < Integer.MAX_VALUE ? " and at most " + most : "") + ", " + what);
    }

    private static Rule oneOf(String... values) {
        return new Rule(value -> Arrays.asList(values).contains(value), "must be one of " + String.join(", ", values));
    }

    private static String input(String key) {
        return key + " is its input";
    }

    private static Map<String, String> own(Map<String, String> inputs, String... names) {
        var own = new TreeMap<>(inputs);
        Stream.of(names).forEach(name -> own.put(name, OWN));
        return own;
    }
}
