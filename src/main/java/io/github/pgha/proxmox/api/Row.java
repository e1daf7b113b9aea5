package io.github.pgha.proxmox.api;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One object of an answer. Proxmox VE writes numbers as texts and truth as 1, in one version or another, so values are read
 * by what they are to mean.
 *
 * @param values what is in it, by name: texts, numbers, booleans, lists and maps
 */
public record Row(Map<String, Object> values) {
    /** Copies the map. */
    public Row {
        values = Collections.unmodifiableMap(new HashMap<>(values));
    }

    /** A text, or anything else as one; empty if it isn't there. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(value -> value instanceof Number number
                && number.doubleValue() == number.longValue() ? String.valueOf(number.longValue()) : value.toString());
    }

    /** A whole number; empty if it isn't there, or isn't one. */
    public Optional<Long> number(String name) {
        return text(name).filter(text -> text.matches("-?\\d{1,18}")).map(Long::valueOf);
    }

    /** Whether it is there and true: {@code 1}, {@code "1"} or {@code true}. */
    public boolean flag(String name) {
        return text(name).filter(text -> text.equals("1") || text.equals("true")).isPresent();
    }
}
