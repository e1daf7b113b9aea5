package io.github.pgha;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.pgha.rules.Nearest;
import io.github.pgha.rules.Problems;
import java.util.Set;
import java.util.TreeSet;

/** Reads the parts of an object in the configuration, such as a host. What is missing or mistyped is null, and said. */
final class EntryReader {
    private final JsonObject entry;
    private final Problems problems;
    private final String label;
    private final String kind;
    private final String needs;
    private final Set<String> known = new TreeSet<>();

    /**
     * @param place where the entry is, such as {@code etcdHosts[0]}
     * @param kind  what it is, such as {@code a host}
     * @param needs what it must have, such as {@code name, address and vmId}
     */
    EntryReader(String place, JsonObject entry, Problems problems, String kind, String needs) {
        this.kind = kind;
        this.needs = needs;
        this.entry = entry;
        this.problems = problems;
        var name = entry.get("name");
        label = isText(name) && !name.getAsString().isBlank() ? "host '" + name.getAsString() + "'" : place;
    }

    /** What the entry is called in sentences: by its name, else by its place. */
    String label() {
        return label;
    }

    /** A text that must be there. */
    String text(String key) {
        return present(key) ? text(key, null) : null;
    }

    /** A text, or what it is without one. */
    String text(String key, String absent) {
        var value = value(key);
        if (value == null) {
            return absent;
        }
        if (isText(value)) {
            return value.getAsString();
        }
        problems.add("%s: %s '%s' must be a text", label, key, value);
        return null;
    }

    /** A whole number that must be there. */
    Integer number(String key) {
        return present(key) ? number(key, null) : null;
    }

    /** A whole number, or what it is without one. */
    Integer number(String key, Integer absent) {
        var value = value(key);
        if (value == null) {
            return absent;
        }
        try {
            if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
                return value.getAsBigDecimal().intValueExact();
            }
        } catch (ArithmeticException e) {
            // Not a whole number, or one that is too large: said below.
        }
        problems.add("%s: %s '%s' must be a whole number of at most 2147483647, without quotes", label, key, value);
        return null;
    }

    /** Refuses a key, if it is there. */
    void refuse(String key, String why) {
        if (value(key) != null) {
            problems.add("%s: %s must not be set: %s", label, key, why);
        }
    }

    /** Another object inside; null if there is none. */
    JsonObject object(String key) {
        var value = value(key);
        if (value != null && !value.isJsonObject()) {
            problems.add("%s: %s '%s' must be an object", label, key, value);
        }
        return value != null && value.isJsonObject() ? value.getAsJsonObject() : null;
    }

    /** Refuses keys that were never asked for. */
    void refuseUnknown() {
        entry.keySet().stream().filter(key -> !known.contains(key)).forEach(key ->
                problems.add("%s: %s is not a key of %s: the nearest one is %s", label, key, kind,
                        Nearest.to(key, known)));
    }

    private boolean present(String key) {
        boolean present = value(key) != null;
        if (!present) {
            problems.add("%s: %s is missing: %s must have %s", label, key, kind, needs);
        }
        return present;
    }

    private JsonElement value(String key) {
        known.add(key);
        var value = entry.get(key);
        return value == null || value.isJsonNull() ? null : value;
    }

    private static boolean isText(JsonElement value) {
        return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    }
}
