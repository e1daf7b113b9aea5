package io.github.pgha.sandbox.vm;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
    private final String first;
    private final String node;
    private final ObjectMapper json;

    /** @param first the node on which those are of which nothing else is noted */
    public VmStore(Path directory, String first, ObjectMapper json) throws IOException {
        this(Files.createDirectories(directory), first, null, json);
    }

    private VmStore(Path directory, String first, String node, ObjectMapper json) {
        this.directory = directory;
        this.first = first;
        this.node = node;
        this.json = json;
    }

    /** Those of one node alone; what is saved by it is on that node. */
    public VmStore of(String one) {
        return new VmStore(directory, first, one, json);
    }

    /** The node that a VM is on. */
    public String node(int vmid) throws IOException {
        try {
            return Files.readString(directory(vmid).resolve("node")).strip();
        } catch (NoSuchFileException e) {
            return first;
        }
    }

    /** Notes that a VM is on another node now. */
    public void move(int vmid, String to) throws IOException {
        Path draft = directory(vmid).resolve("node.new");
        Files.writeString(draft, to + "\n");
        Files.move(draft, directory(vmid).resolve("node"), StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    /** The directory where everything about one VM lies, but for its volumes. */
    public Path directory(int vmid) {
        return directory.resolve(String.valueOf(vmid));
    }

    public Optional<VmConfig> find(int vmid) throws IOException {
        return node != null && !node(vmid).equals(node) ? Optional.empty() : read(vmid, "config.json");
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
        if (node != null && !node(config.id()).equals(node)) {
            Files.createDirectories(directory(config.id()));
            move(config.id(), node);
        }
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
