package io.github.pgha;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.github.pgha.secret.SshKeyPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.Yaml;

/** A project's configuration as the engine hands it to the program: the schema's defaults, and the dev stack. */
final class LabConfig {
    private static final String PREFIX = "pgha-lab:";
    private static final Gson JSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private final Map<String, Object> values;

    private LabConfig(Map<String, Object> values) {
        this.values = values;
    }

    /** The dev stack. */
    static LabConfig dev() throws IOException {
        LabConfig dev = of("Pulumi.dev.yaml");
        // What `sandbox/run` has in its environment.
        dev.values.put("fencingToken", "pgha-fence@pve!fence=00000000-0000-4000-8000-000000000000");
        return dev;
    }

    /** The example of hosts that exist already, with a private key that is nobody's. */
    static LabConfig hosts() throws IOException {
        LabConfig hosts = of("Pulumi.example-hosts.yaml");
        hosts.values.put("existingHostsPrivateKey", SshKeyPair.generate());
        return hosts;
    }

    /** A stack's file at the root of the project. */
    static LabConfig of(String file) throws IOException {
        var values = new LinkedHashMap<String, Object>();
        schema().forEach((key, type) -> {
            if (type.containsKey("default")) {
                values.put(key, type.get("default"));
            }
        });
        Map<String, Map<String, Object>> stack = new Yaml().load(Files.readString(Path.of(file)));
        stack.get("config").forEach((key, value) -> values.put(key.substring(PREFIX.length()), value));
        return new LabConfig(values);
    }

    /** Keys and what Pulumi.yaml says of them. */
    static Map<String, Map<String, Object>> schema() throws IOException {
        Map<String, Map<String, Map<String, Object>>> project =
                new Yaml().load(Files.readString(Path.of("Pulumi.yaml")));
        return project.get("config");
    }

    /**
     * Changes a value.
     *
     * @param path  such as {@code vip} or {@code etcdHosts[0].name}
     * @param value what to put there, in YAML; empty removes it
     */
    @SuppressWarnings("unchecked")
    LabConfig with(String path, String value) {
        Object holder = values;
        String[] steps = path.replace("[", ".[").split("\\.");
        for (int i = 0; i < steps.length - 1; i++) {
            holder = holder instanceof List<?> list ? list.get(index(steps[i]))
                    : ((Map<String, Object>) holder).get(steps[i]);
        }
        String last = steps[steps.length - 1];
        Object parsed = value.isEmpty() ? null : new Yaml().load(value);
        if (holder instanceof List<?>) {
            var list = (List<Object>) holder;
            if (value.isEmpty()) {
                list.remove(index(last));
            } else if (index(last) == list.size()) {
                list.add(parsed);
            } else {
                list.set(index(last), parsed);
            }
        } else if (value.isEmpty()) {
            ((Map<String, Object>) holder).remove(last);
        } else {
            ((Map<String, Object>) holder).put(last, parsed);
        }
        return this;
    }

    private static int index(String step) {
        return Integer.parseInt(step.substring(1, step.length() - 1));
    }

    /** What the program reads of it. */
    LabSettings settings() {
        return settings(Map.of());
    }

    /** The same with variables in the environment. */
    LabSettings settings(Map<String, String> environment) {
        return new LabSettings(this::get, Set.copyOf(values.keySet()), environment);
    }

    private Optional<String> get(String key) {
        return Optional.ofNullable(values.get(key))
                .map(value -> value instanceof String text ? text : JSON.toJson(value));
    }

    /** All of it, as the engine writes it. */
    Map<String, String> all() {
        var all = new LinkedHashMap<String, String>();
        values.keySet().forEach(key -> all.put(PREFIX + key, get(key).orElseThrow()));
        return all;
    }
}
