package io.github.pgha.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/**
 * The dev stack's file as a person would edit it, in a copy. What is changed here stays for all later {@code up}s, of other
 * test classes too: a cluster that was changed for good has no way back to the file in the checkout.
 */
final class StackFile {
    static final Path PATH = Path.of("target", "it", "Pulumi.dev.yaml").toAbsolutePath();
    private static final String PREFIX = "pgha-lab:";

    private final Map<String, Map<String, Object>> file;

    private StackFile(Path path) {
        try {
            file = new Yaml().load(Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The copy as it is. */
    static StackFile read() {
        return new StackFile(PATH);
    }

    /** A copy that is as the file in the checkout. */
    static void reset() {
        new StackFile(Path.of("Pulumi.dev.yaml")).write();
    }

    /** Sets a key. */
    StackFile set(String key, Object value) {
        file.get("config").put(PREFIX + key, value);
        return this;
    }

    /** A list, which may be changed. */
    @SuppressWarnings("unchecked")
    <T> List<T> list(String key) {
        return (List<T>) file.get("config").get(PREFIX + key);
    }

    /** A host of a list, which may be changed. */
    Map<String, Object> host(String key, String name) {
        return this.<Map<String, Object>>list(key).stream().filter(host -> host.get("name").equals(name)).findFirst()
                .orElseThrow();
    }

    /** Makes the copy so. */
    void write() {
        try {
            Files.createDirectories(PATH.getParent());
            Files.writeString(PATH, new Yaml().dump(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
