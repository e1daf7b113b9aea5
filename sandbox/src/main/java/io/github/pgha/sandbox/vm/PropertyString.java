package io.github.pgha.sandbox.vm;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Proxmox's way to write a device in one line: "local:100/vm-100-disk-0.qcow2,iothread=1,size=20G". One part may stand
 * without a name: it is the value of the device's default property.
 */
public final class PropertyString {
    private final String defaultName;
    private final Map<String, String> values = new LinkedHashMap<>();

    private PropertyString(String defaultName) {
        this.defaultName = defaultName;
    }

    /** @param defaultName the name of the part that is written without one */
    public static PropertyString parse(String text, String defaultName) {
        PropertyString result = new PropertyString(defaultName);
        for (String part : text.split(",")) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                result.values.put(defaultName, part);
            } else {
                result.values.put(part.substring(0, equals), part.substring(equals + 1));
            }
        }
        return result;
    }

    /** The value or null. */
    public String get(String name) {
        return values.get(name);
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public void put(String name, String value) {
        values.put(name, value);
    }

    /** Removes a part and returns what it was, or null. */
    public String remove(String name) {
        return values.remove(name);
    }

    /** The default part first, then the others by name, as Proxmox prints them. */
    @Override
    public String toString() {
        Map<String, String> rest = new TreeMap<>(values);
        StringBuilder text = new StringBuilder();
        String first = rest.remove(defaultName);
        if (first != null) {
            text.append(first);
        }
        rest.forEach((name, value) -> text.append(text.isEmpty() ? "" : ",").append(name).append('=').append(value));
        return text.toString();
    }
}
