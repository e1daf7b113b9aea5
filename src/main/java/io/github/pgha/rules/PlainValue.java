package io.github.pgha.rules;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values that every file of YAML or JSON can hold. */
public final class PlainValue {
    private PlainValue() {}

    /** What no such file can hold, as the rule that the value breaks; empty if it can be held. */
    public static Optional<String> fault(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream().flatMap(entry -> (entry.getKey() instanceof String text && whole(text)
                    ? fault(entry.getValue()) : Optional.of("must have texts as keys")).stream()).findFirst();
        }
        if (value instanceof List<?> list) {
            return list.stream().flatMap(element -> fault(element).stream()).findFirst();
        }
        if (value instanceof Double number && !Double.isFinite(number)) {
            return Optional.of("must have finite numbers");
        }
        if (value instanceof String text && !whole(text)) {
            return Optional.of("must have texts in Unicode");
        }
        return value == null || value instanceof String || value instanceof Boolean || value instanceof Integer
                || value instanceof Long || value instanceof Double ? Optional.empty()
                : Optional.of("must be of texts, numbers, true and false, lists and objects");
    }

    /** Half a surrogate pair is no character. */
    private static boolean whole(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }
}
