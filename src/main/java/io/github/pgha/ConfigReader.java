package io.github.pgha;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import io.github.pgha.rules.Nearest;
import io.github.pgha.rules.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads configuration values by key and type. What is missing or mistyped is said to a collector, and is null. */
final class ConfigReader {
    /** Whole numbers stay whole. */
    private static final Gson JSON =
            new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

    private final Function<String, Optional<String>> values;
    private final Problems problems;
    private final Set<String> known = new TreeSet<>();
    private final Set<String> secrets = new TreeSet<>();

    ConfigReader(Function<String, Optional<String>> values, Problems problems) {
        this.values = values;
        this.problems = problems;
    }

    /** A text that must be there. */
    String text(String key) {
        String value = optionalText(key);
        if (value == null) {
            missing(key);
        }
        return value;
    }

    /** A text; null if it is empty or missing. */
    String optionalText(String key) {
        known.add(key);
        return values.apply(key).filter(value -> !value.isBlank()).orElse(null);
    }

    /** A text that a stack's file must have encrypted; null if it is empty or missing. */
    String secret(String key) {
        secrets.add(key);
        return optionalText(key);
    }

    /** A whole number. */
    Integer number(String key) {
        String value = text(key);
        return value == null ? null
                : parsed(key, value, "must be a whole number of at most 2147483647", Integer::valueOf);
    }

    /** A whole number, with another in place of 0. */
    Integer number(String key, int inPlaceOfZero) {
        Integer value = number(key);
        return value != null && value == 0 ? Integer.valueOf(inPlaceOfZero) : value;
    }

    /** One of an enum's values, in lower case. */
    <E extends Enum<E>> E choice(String key, E[] values) {
        String value = text(key);
        if (value == null) {
            return null;
        }
        for (E choice : values) {
            if (choice.name().toLowerCase(Locale.ROOT).equals(value)) {
                return choice;
            }
        }
        problems.add("%s '%s' must be one of %s", key, value, Stream.of(values)
                .map(choice -> choice.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")));
        return null;
    }

    /** True or false. */
    Boolean flag(String key) {
        String value = text(key);
        return value == null ? null : parsed(key, value, "must be true or false", text -> {
            if (!text.equals("true") && !text.equals("false")) {
                throw new IllegalArgumentException();
            }
            return text.equals("true");
        });
    }

    /** A list of anything. */
    List<JsonElement> list(String key) {
        String value = text(key);
        return value == null ? null : parsed(key, value, "must be a list, and can be set by "
                + "`pulumi config set --path '" + key + "[0]' VALUE`", text -> {
            var json = JsonParser.parseString(text);
            if (!json.isJsonArray()) {
                throw new IllegalArgumentException();
            }
            return json.getAsJsonArray().asList();
        });
    }

    /** An object of anything: texts, numbers, booleans, lists and maps. */
    Map<String, Object> object(String key) {
        return object(key, text -> JSON.fromJson(text, new TypeToken<Map<String, Object>>() {}));
    }

    /** A list of texts; an element that isn't one is null. */
    List<String> texts(String key) {
        List<JsonElement> elements = list(key);
        if (elements == null) {
            return null;
        }
        var texts = new ArrayList<String>();
        for (int i = 0; i < elements.size(); i++) {
            var element = elements.get(i);
            boolean text = element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
            if (!text) {
                problems.add("%s[%s] '%s' must be a text", key, i, element);
            }
            texts.add(text ? element.getAsString() : null);
        }
        return texts;
    }

    /** A list of whole numbers; an element that isn't one is null. */
    List<Integer> numbers(String key) {
        List<JsonElement> elements = list(key);
        if (elements == null) {
            return null;
        }
        var numbers = new ArrayList<Integer>();
        for (int i = 0; i < elements.size(); i++) {
            numbers.add(parsed(key + "[" + i + "]", elements.get(i).toString(), "must be a whole number", Integer::valueOf));
        }
        return numbers;
    }

    private <T> T object(String key, Function<String, T> read) {
        String value = text(key);
        return value == null ? null : parsed(key, value, "must be an object, and can be set by "
                + "`pulumi config set --path '" + key + ".NAME' VALUE`", read);
    }

    /**
     * Texts by name: numbers as they are written, true and false as on and off; others are left out.
     *
     * @param isText whether what has this name is a text, which must stand in quotes: YAML reads 1.10 as 1.1 and 007 as 7, a long
     *               number is rounded, and nobody sees here what was meant
     */
    Map<String, String> values(String key, Predicate<String> isText) {
        JsonObject object = json(key);
        if (object == null) {
            return null;
        }
        var values = new TreeMap<String, String>();
        object.entrySet().forEach(entry -> {
            if (!entry.getValue().isJsonPrimitive()) {
                problems.add("%s: %s '%s' must be a text, a number, true or false", key, entry.getKey(),
                        entry.getValue());
                return;
            }
            var plain = entry.getValue().getAsJsonPrimitive();
            if (!plain.isString() && isText.test(entry.getKey())) {
                problems.add("%s: %s '%s' must be a text: write it in quotes, since without them it is read as a number or as "
                        + "true or false, and may be another text already", key, entry.getKey(), plain.getAsString());
                return;
            }
            values.put(entry.getKey(), plain.isBoolean() ? plain.getAsBoolean() ? "on" : "off" : plain.getAsString());
        });
        return values;
    }

    /** An object as it is. */
    JsonObject json(String key) {
        return object(key, text -> {
            var json = JsonParser.parseString(text);
            if (!json.isJsonObject()) {
                throw new IllegalArgumentException();
            }
            return json.getAsJsonObject();
        });
    }

    /** Refuses keys that were never asked for. */
    void refuseUnknown(Set<String> given) {
        new TreeSet<>(given).stream().filter(key -> !known.contains(key)).forEach(key ->
                problems.add("%s is not a key of this program's configuration: the nearest one is %s", key,
                        Nearest.to(key, known)));
    }

    /** Refuses secrets that are set in plain text. */
    void refusePlainSecrets(Set<String> encrypted) {
        secrets.stream().filter(key -> optionalText(key) != null && !encrypted.contains(key)).forEach(key ->
                problems.add("%s is in plain text in the stack's settings: it must be set by `pulumi config set --secret %s`",
                        key, key));
    }

    /** The keys that were asked for. */
    Set<String> known() {
        return Set.copyOf(known);
    }

    private void missing(String key) {
        problems.add("%s is missing: it must be set, and Pulumi.yaml says what it means", key);
    }

    private <T> T parsed(String key, String value, String rule, Function<String, T> parse) {
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException | JsonParseException e) {
            problems.add("%s '%s' " + rule.replace("%", "%%"), key, value);
            return null;
        }
    }
}
