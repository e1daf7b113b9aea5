package io.github.pgha.sandbox.api;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The parameters that a call takes. Anything else is refused with Proxmox's 400, so that a client's typo shows here
 * as it would there.
 */
public final class Schema {
    /** No parameter at all. */
    public static final Schema NONE = new Schema();

    private static final Pattern BOOLEAN = Pattern.compile("(?i)0|1|on|off|yes|no|true|false");
    private static final Pattern TRUE = Pattern.compile("(?i)1|on|yes|true");
    private static final Pattern INTEGER = Pattern.compile("[+-]?\\d{1,18}");

    /** What a value must look like. */
    public enum Type {
        TEXT, INTEGER, NUMBER, BOOLEAN
    }

    private record Property(Pattern name, Type type, String required) { }

    private final Map<String, Property> properties = new LinkedHashMap<>();

    private Schema() { }

    /** A schema without a property yet. */
    public static Schema of() {
        return new Schema();
    }

    /** Adds optional properties of one type; a name is a regular expression ("net\\d+"). */
    public Schema optional(Type type, String... names) {
        for (String name : names) {
            properties.put(name, new Property(Pattern.compile(name), type, null));
        }
        return this;
    }

    /** Adds a property that must be there. */
    public Schema required(Type type, String name) {
        properties.put(name, new Property(Pattern.compile(Pattern.quote(name)), type, name));
        return this;
    }

    /** Throws Proxmox's 400 that names every parameter that is wrong. */
    public void check(Map<String, String> parameters) {
        Map<String, String> errors = new TreeMap<>();
        parameters.forEach((name, value) -> {
            Property property = find(name);
            if (property == null) {
                errors.put(name, "property is not defined in schema and the schema does not allow additional properties");
            } else if (!fits(property.type, value)) {
                errors.put(name, "type check ('" + property.type.name().toLowerCase(Locale.ROOT)
                        + "') failed - got '" + value + "'");
            }
        });
        for (Property property : properties.values()) {
            if (property.required != null && !parameters.containsKey(property.required)) {
                errors.put(property.required, "property is missing and it is not optional");
            }
        }
        if (!errors.isEmpty()) {
            throw ApiException.badParameters(errors);
        }
    }

    /** The type of a property, or null if the schema doesn't have it. */
    public Type type(String name) {
        Property property = find(name);
        return property == null ? null : property.type;
    }

    /** Reads a VM id out of a path or parameter. */
    public static int vmid(String value) {
        if (!value.matches("[1-9]\\d{2,8}")) {
            throw ApiException.badParameter("vmid", "invalid format - value does not look like a valid VM ID");
        }
        return Integer.parseInt(value);
    }

    static boolean isTrue(String value) {
        return TRUE.matcher(value).matches();
    }

    private Property find(String name) {
        for (Property property : properties.values()) {
            if (property.name.matcher(name).matches()) {
                return property;
            }
        }
        return null;
    }

    private static boolean fits(Type type, String value) {
        return switch (type) {
            case TEXT -> true;
            case INTEGER -> INTEGER.matcher(value).matches();
            case NUMBER -> value.matches("[+-]?\\d+(\\.\\d+)?");
            case BOOLEAN -> BOOLEAN.matcher(value).matches();
        };
    }
}
