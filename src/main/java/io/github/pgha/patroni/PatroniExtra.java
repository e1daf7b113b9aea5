package io.github.pgha.patroni;

import io.github.pgha.rules.Problems;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What the user adds to Patroni's configuration: for what this library has no input for. Values are texts, numbers,
 * booleans, lists and maps. What is taken out again has its default again. They hold no secret: everybody who may see
 * the stack may read them.
 *
 * <p>What the cluster sets itself is refused, but for these defaults, which may be replaced:
 * {@code maximum_lag_on_failover} (1048576 bytes), {@code primary_start_timeout} (0 seconds, or 300 with
 * {@link SynchronousMode#OFF}), {@code postgresql.basebackup} ({@code checkpoint: fast}), {@code watchdog.mode}
 * ({@code automatic}) and {@code watchdog.safety_margin} (5 seconds). Refused are also, since they can't mean well for a
 * whole cluster:
 * <ul>
 * <li>tags of single members ({@code nofailover}, {@code nosync} and the like): all members would have them, and nobody
 *     would be left to fail over to. {@code clonefrom} and tags that Patroni doesn't know go through
 * <li>{@code watchdog.mode: required}: on hosts without a watchdog no member would lead
 * <li>{@code log.dir} where the hardening of Patroni's unit lets it not write
 * <li>{@code pause}, a state that {@code patronictl pause} and {@code patronictl resume} change
 * <li>{@code standby_cluster}: another cluster's primary would be this one's
 * <li>{@code recovery_conf} and {@code custom_conf}: ways around the rules of {@link PostgresParameters}, which has
 *     {@code restore_command} and the like
 * </ul>
 *
 * <p>In {@code postgresql} any other name goes through, since each method of {@code create_replica_methods} has a
 * section of its own name there. Programs that Patroni runs (callbacks, methods) have to be on the hosts, such as by
 * cloud-init.
 *
 * @param dynamic what is in etcd for all members, as {@code patronictl edit-config} shows it; each setting as a whole:
 *                what was put into it by hand goes. Such as {@code maximum_lag_on_failover} (bytes),
 *                {@code primary_stop_timeout} (seconds) and {@code slots}
 * @param local   what is in each member's file: {@code log}, {@code tags}, {@code watchdog} and {@code postgresql}
 */
public record PatroniExtra(Map<String, Object> dynamic, Map<String, Object> local) {
    /** Nothing. */
    public static final PatroniExtra NONE = new PatroniExtra(Map.of(), Map.of());

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public PatroniExtra {
        Objects.requireNonNull(dynamic, "dynamic");
        Objects.requireNonNull(local, "local");
        var problems = new Problems();
        check(problems, Map.of("dynamic", dynamic, "local", local));
        problems.orThrow();
        dynamic = sorted(dynamic);
        local = sorted(local);
    }

    /**
     * The two parts by their names.
     *
     * @param parts {@code dynamic} and {@code local}, or one of them, or nothing
     * @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule
     */
    public static PatroniExtra of(Map<String, ?> parts) {
        var problems = new Problems();
        check(problems, parts);
        problems.orThrow();
        return new PatroniExtra(object(parts.get("dynamic")), object(parts.get("local")));
    }

    /** Adds what is wrong with the parts, by their names; a null is passed over. */
    public static void check(Problems problems, Map<String, ?> parts) {
        if (parts != null) {
            new PatroniExtraRules(problems).check(parts);
        }
    }

    /** An object's parts; none of what isn't one. */
    @SuppressWarnings("unchecked") // the keys are looked at
    static Map<String, Object> object(Object value) {
        return value instanceof Map<?, ?> map && map.keySet().stream().allMatch(String.class::isInstance)
                ? (Map<String, Object>) map : Map.of();
    }

    /** In an order that doesn't depend on how the inputs came, so that the same ones give the same files. */
    private static Map<String, Object> sorted(Map<String, Object> values) {
        var all = new LinkedHashMap<String, Object>();
        new TreeMap<>(values).forEach((name, value) -> all.put(name, copy(value)));
        return Collections.unmodifiableMap(all);
    }

    private static Object copy(Object value) {
        if (value instanceof Map<?, ?>) {
            return sorted(object(value));
        }
        if (value instanceof List<?> list) {
            var all = new ArrayList<Object>();
            list.forEach(element -> all.add(copy(element)));
            return Collections.unmodifiableList(all);
        }
        return value;
    }

    /** Puts the settings for all members among the cluster's, in place of defaults, and says which they are. */
    void addDynamicTo(Map<String, Object> settings) {
        if (dynamic.isEmpty()) {
            return;
        }
        var names = new ArrayList<String>();
        dynamic.forEach((name, value) -> {
            if (name.equals(PatroniExtraRules.POSTGRESQL)) {
                object(value).keySet().forEach(inner -> names.add(name + "." + inner));
            } else {
                names.add(name);
            }
        });
        add(dynamic, settings);
        settings.put(PatroniExtraRules.NAMES, names);
    }

    /** Puts the settings of each member's file among the cluster's, in place of defaults. */
    void addLocalTo(Map<String, Object> config) {
        add(local, config);
    }

    @SuppressWarnings("unchecked") // the cluster's own
    private static void add(Map<String, Object> values, Map<String, Object> settings) {
        values.forEach((name, value) -> {
            if (settings.get(name) instanceof Map<?, ?> section) {
                ((Map<String, Object>) section).putAll(object(value));
            } else {
                settings.put(name, value);
            }
        });
    }
}
