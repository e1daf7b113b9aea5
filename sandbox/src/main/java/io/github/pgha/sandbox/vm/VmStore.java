package io.github.pgha.sandbox.vm;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The VMs' configurations, a file each (ID/config.json), as /etc/pve/qemu-server has them. */
public final class VmStore {
    private static final TypeReference<Map<String, String>> VALUES = new TypeReference<>() { };

    private final Path directory;
    private final ObjectMapper json;

    public VmStore(Path directory, ObjectMapper json) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.json = json;
    }

    /** The directory where everything about one VM lies, but for its volumes. */
    public Path directory(int vmid) {
        return directory.resolve(String.valueOf(vmid));
    }

    public Optional<VmConfig> find(int vmid) throws IOException {
        return read(vmid, "config.json");
    }

    /** The configuration with which the VM was powered on. */
    public Optional<VmConfig> poweredOn(int vmid) throws IOException {
        return read(vmid, "powered-on.json");
    }

    /** All VMs by id. */
    public List<VmConfig> all() throws IOException {
        List<Integer> ids;
        try (Stream<Path> entries = Files.list(directory)) {
            ids = entries.map(e -> e.getFileName().toString()).filter(n -> n.matches("\\d+"))
                    .map(Integer::valueOf).sorted().toList();
        }
        List<VmConfig> configs = new ArrayList<>();
        for (int id : ids) {
            find(id).ifPresent(configs::add);
        }
        return configs;
    }

    public void save(VmConfig config) throws IOException {
        write(config, "config.json");
    }

    public void savePoweredOn(VmConfig config) throws IOException {
        write(config, "powered-on.json");
    }

    /** Removes a VM's directory with all that is in it. */
    public void delete(int vmid) throws IOException {
        // The configuration first: without it, the VM is gone for everybody.
        Files.deleteIfExists(directory(vmid).resolve("config.json"));
        Trees.delete(directory(vmid));
    }

    private Optional<VmConfig> read(int vmid, String name) throws IOException {
        Path file = directory(vmid).resolve(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return Optional.of(new VmConfig(vmid, json.readValue(file.toFile(), VALUES)));
    }

    private void write(VmConfig config, String name) throws IOException {
        Path file = Files.createDirectories(directory(config.id())).resolve(name);
        Path draft = file.resolveSibling(name + ".new");
        json.writerWithDefaultPrettyPrinter().writeValue(draft.toFile(), config.values());
        Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
