package io.github.pgha.sandbox.api;

import java.util.LinkedHashMap;
import java.util.Map;

/** Builds answer objects whose fields keep their order. */
final class Answers {
    private Answers() { }

    static Map<String, Object> copy(Map<String, Object> object) {
        return new LinkedHashMap<>(object);
    }

    /** Name, value, name, value, ...; null values are left out. */
    static Map<String, Object> of(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i + 1] != null) {
                object.put((String) namesAndValues[i], namesAndValues[i + 1]);
            }
        }
        return object;
    }
}
