package io.github.pgha.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Collects broken rules, so that whoever wrote the inputs hears of all of them at once.
 *
 * <p>A null is a value that isn't known, because it is missing or couldn't be read, and that was said already: rules
 * about it are passed over.
 */
public final class Problems {
    /** Longer values are cut in sentences. */
    private static final int SHOWN_CHARACTERS = 200;

    private final Set<String> sentences = new LinkedHashSet<>();

    /**
     * Adds a sentence.
     *
     * @param sentence a format with {@code %s} for each value
     * @param values   what it speaks of
     */
    public void add(String sentence, Object... values) {
        sentences.add(sentence.formatted(Arrays.stream(values).map(Problems::shown).toArray()));
    }

    /**
     * Adds a sentence unless a value keeps a rule.
     *
     * @param value    the value, which takes the place of the first {@code %s}; null is passed over
     * @param rule     the rule
     * @param sentence a format with {@code %s} for each value
     * @param others   more values
     * @return whether the value is known and keeps the rule
     */
    public <T> boolean require(T value, Predicate<? super T> rule, String sentence, Object... others) {
        if (value == null) {
            return false;
        }
        if (rule.test(value)) {
            return true;
        }
        var values = new ArrayList<Object>(List.of(value));
        values.addAll(Arrays.asList(others));
        add(sentence, values.toArray());
        return false;
    }

    /** The sentences, in the order in which they were added. */
    public List<String> sentences() {
        return List.copyOf(sentences);
    }

    /** @throws InvalidInputException if there is a sentence */
    public void orThrow() {
        if (!sentences.isEmpty()) {
            throw new InvalidInputException(sentences());
        }
    }

    /** A value as it stands in a sentence: on one line, whatever it holds. */
    private static String shown(Object value) {
        var text = new StringBuilder();
        String whole = String.valueOf(value);
        whole.codePoints().limit(SHOWN_CHARACTERS).forEach(c -> {
            if (Character.isISOControl(c)) {
                text.append(c == '\n' ? "\\n" : "\\u%04x".formatted(c));
            } else {
                text.appendCodePoint(c);
            }
        });
        return whole.codePointCount(0, whole.length()) > SHOWN_CHARACTERS ? text + "..." : text.toString();
    }
}
