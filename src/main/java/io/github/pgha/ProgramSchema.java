package io.github.pgha;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.pgha.host.HostScript;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.Yaml;

/** What Pulumi.yaml says of the program's configuration, for whoever hands it over in another way. */
final class ProgramSchema {
    private static final Gson JSON = new Gson();
    private static final String ANY = "pulumi.json#/Any";
    private static final String STRING = "string";
    /** Types of outputs; the others are texts. */
    private static final Map<StackOutput, JsonObject> OUTPUTS = Map.of(
            StackOutput.PRIMARY_PORT, type("integer"),
            StackOutput.REPLICA_PORT, type("integer"),
            StackOutput.DRILLS_ALLOWED, type("boolean"),
            StackOutput.ETCD_ENDPOINTS, of("array", "items", type(STRING)),
            StackOutput.AUTHORITIES, of("array", "items", any()),
            StackOutput.MEMBERS, of("object", "additionalProperties", type(STRING)),
            StackOutput.HOSTS, of("object", "additionalProperties", any()));

    private final Map<String, Map<String, Object>> keys;

    private ProgramSchema(Map<String, Map<String, Object>> keys) {
        this.keys = keys;
    }

    /** That of the Pulumi.yaml that this program was built with. */
    static ProgramSchema load() {
        Map<String, Map<String, Map<String, Object>>> project = new Yaml().load(HostScript.resource("Pulumi.yaml"));
        return new ProgramSchema(Collections.unmodifiableMap(new LinkedHashMap<>(project.get("config"))));
    }

    /** What a key has if it isn't set, as the engine hands values over; empty if it must be set. */
    Optional<String> preset(String key) {
        return Optional.ofNullable(keys.get(key)).map(schema -> schema.get("default"))
                .map(value -> value instanceof String text ? text : JSON.toJson(value));
    }

    /**
     * The schema of a Pulumi package whose one component has the program's keys as inputs and its outputs.
     *
     * @param name      the package's name
     * @param component the component's type
     */
    String ofPackage(String name, String component) {
        var inputs = new JsonObject();
        var required = new JsonArray();
        keys.forEach((key, schema) -> {
            inputs.add(key, input(schema));
            if (!schema.containsKey("default")) {
                required.add(key);
            }
        });
        var outputs = new JsonObject();
        var always = new JsonArray();
        for (StackOutput output : ClusterPlugin.OUTPUTS) {
            var property = OUTPUTS.getOrDefault(output, type(STRING)).deepCopy();
            property.addProperty("description", output.description());
            outputs.add(output.key(), property);
            always.add(output.key());
        }
        var resource = new JsonObject();
        resource.addProperty("isComponent", true);
        resource.addProperty("description",
                "A highly available PostgreSQL on virtual machines of Proxmox VE or on hosts that exist already");
        resource.add("inputProperties", inputs);
        resource.add("requiredInputs", required);
        resource.add("properties", outputs);
        resource.add("required", always);
        var resources = new JsonObject();
        resources.add(component, resource);
        var all = new JsonObject();
        all.addProperty("name", name);
        all.addProperty("version", "0.0.0");
        all.addProperty("license", "Apache-2.0");
        all.add("resources", resources);
        return JSON.toJson(all);
    }

    private static JsonObject input(Map<String, Object> schema) {
        String type = (String) schema.get("type");
        JsonObject input = type(type);
        if (type.equals("array")) {
            Object items = ((Map<?, ?>) schema.get("items")).get("type");
            input.add("items", items.equals("object")
                    ? of("object", "additionalProperties", any()) : type((String) items));
        } else if (type.equals("object")) {
            input.add("additionalProperties", any());
        } else if (schema.containsKey("default")) {
            input.add("default", JSON.toJsonTree(schema.get("default")));
        }
        input.addProperty("description", (String) schema.get("description"));
        return input;
    }

    private static JsonObject type(String type) {
        return of("type", new JsonPrimitive(type));
    }

    private static JsonObject any() {
        return of("$ref", new JsonPrimitive(ANY));
    }

    private static JsonObject of(String type, String key, JsonObject parts) {
        JsonObject object = type(type);
        object.add(key, parts);
        return object;
    }

    private static JsonObject of(String key, JsonPrimitive value) {
        var object = new JsonObject();
        object.add(key, value);
        return object;
    }
}
