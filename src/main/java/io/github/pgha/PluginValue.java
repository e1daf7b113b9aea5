package io.github.pgha;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.pulumi.core.Output;
import com.pulumi.core.internal.Internal;
import com.pulumi.provider.internal.properties.PropertyValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Values as the engine hands them to a plugin, and takes them from it. */
final class PluginValue {
    private PluginValue() {}

    /** An input isn't known yet, because another resource will make it. */
    static final class UnknownException extends Exception {
        private static final long serialVersionUID = 1;
    }

    /**
     * An input as it would be in a program's configuration: a text as it is, anything else in JSON.
     *
     * @return empty if it isn't there
     * @throws UnknownException if it or a part of it isn't known yet
     */
    static Optional<String> text(PropertyValue value) throws UnknownException {
        JsonElement json = json(value);
        if (json.isJsonNull()) {
            return Optional.empty();
        }
        return Optional.of(json.isJsonPrimitive() && json.getAsJsonPrimitive().isString()
                ? json.getAsString() : json.toString());
    }

    private static JsonElement json(PropertyValue value) throws UnknownException {
        switch (value.getType()) {
            case NULL:
                return JsonNull.INSTANCE;
            case BOOL:
                return new JsonPrimitive(value.getBooleanValue());
            case NUMBER:
                return number(value.getNumberValue());
            case STRING:
                return new JsonPrimitive(value.getStringValue());
            case ARRAY:
                var array = new JsonArray();
                for (PropertyValue element : value.getArrayValue()) {
                    array.add(json(element));
                }
                return array;
            case OBJECT:
                var object = new JsonObject();
                for (Map.Entry<String, PropertyValue> entry : value.getObjectValue().entrySet()) {
                    object.add(entry.getKey(), json(entry.getValue()));
                }
                return object;
            case SECRET:
                return json(value.getSecretValue());
            case OUTPUT:
                if (value.getOutputValue().getValue() == null) {
                    throw new UnknownException();
                }
                return json(value.getOutputValue().getValue());
            case COMPUTED:
                throw new UnknownException();
            default:
                return new JsonPrimitive(value.getType().name());
        }
    }

    /** All numbers come as floating-point ones: without a fraction that is none. */
    private static JsonPrimitive number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1L << 53
                ? new JsonPrimitive((long) value) : new JsonPrimitive(value);
    }

    /** What becomes of an output: secret and unknown as it is. */
    static CompletableFuture<PropertyValue> of(Output<?> output) {
        return Internal.of(output).getDataAsync().thenApply(data -> {
            PropertyValue value = data.isKnown() ? plain(data.getValueNullable()) : PropertyValue.COMPUTED;
            return data.isSecret() ? PropertyValue.ofSecret(value) : value;
        });
    }

    private static PropertyValue plain(Object value) {
        if (value == null) {
            return PropertyValue.NULL;
        }
        if (value instanceof Boolean flag) {
            return PropertyValue.of(flag.booleanValue());
        }
        if (value instanceof Number number) {
            return PropertyValue.of(number.doubleValue());
        }
        if (value instanceof List<?> list) {
            return PropertyValue.of(list.stream().map(PluginValue::plain).toList());
        }
        if (value instanceof Map<?, ?> map) {
            return PropertyValue.of(map.entrySet().stream().collect(Collectors.toMap(
                    entry -> (String) entry.getKey(), entry -> plain(entry.getValue()))));
        }
        return PropertyValue.of((String) value);
    }
}
