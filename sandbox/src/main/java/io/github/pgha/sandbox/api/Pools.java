package io.github.pgha.sandbox.api;

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
import java.util.TreeMap;

/** Resource pools, in a file that is read anew for each request; without the file there are none. */
public final class Pools {
    private static final TypeReference<TreeMap<String, Pool>> POOLS = new TypeReference<>() { };

    /**
     * What is in a pool. A VM is in one pool at most.
     *
     * @param comment may be null
     * @param vms ids
     * @param storage names
     */
    public record Pool(String comment, List<Integer> vms, List<String> storage) {
        public Pool {
            vms = vms == null ? List.of() : vms.stream().sorted().toList();
            storage = storage == null ? List.of() : storage.stream().sorted().toList();
        }

        Pool withVm(int vmid) {
            return new Pool(comment, with(vms, vmid), storage);
        }

        Pool withoutVm(int vmid) {
            return new Pool(comment, without(vms, vmid), storage);
        }

        Pool withStorage(String name) {
            return new Pool(comment, vms, with(storage, name));
        }

        Pool withoutStorage(String name) {
            return new Pool(comment, vms, without(storage, name));
        }

        Pool withComment(String text) {
            return new Pool(text, vms, storage);
        }

        private static <T> List<T> with(List<T> list, T element) {
            List<T> more = new ArrayList<>(list);
            more.add(element);
            return more;
        }

        private static <T> List<T> without(List<T> list, T element) {
            return list.stream().filter(other -> !other.equals(element)).toList();
        }
    }

    /** A change of all pools at once: nothing of it is kept if it throws. */
    @FunctionalInterface
    public interface Change {
        void apply(Map<String, Pool> pools);
    }

    private final Path file;
    private final ObjectMapper json;

    public Pools(Path file, ObjectMapper json) {
        this.file = file;
        this.json = json;
    }

    /** By name. */
    public synchronized Map<String, Pool> all() throws IOException {
        try {
            return json.readValue(Files.readAllBytes(file), POOLS);
        } catch (NoSuchFileException e) {
            return new TreeMap<>();
        }
    }

    /** The pool that a VM is in. */
    public static Optional<String> of(Map<String, Pool> pools, int vmid) {
        return pools.entrySet().stream().filter(pool -> pool.getValue().vms().contains(vmid)).map(Map.Entry::getKey)
                .findFirst();
    }

    public synchronized void change(Change change) throws IOException {
        Map<String, Pool> pools = all();
        change.apply(pools);
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        json.writerWithDefaultPrettyPrinter().writeValue(draft.toFile(), pools);
        Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Makes a pool unless it is there. */
    public void ensure(String name) throws IOException {
        change(pools -> pools.putIfAbsent(name, new Pool(null, List.of(), List.of())));
    }

    /** Puts a new VM into a pool. */
    void join(String pool, int vmid) throws IOException {
        change(pools -> {
            if (!pools.containsKey(pool)) {
                throw ApiException.failed("pool '" + pool + "' does not exist");
            }
            pools.put(pool, pools.get(pool).withVm(vmid));
        });
    }

    /** Takes a VM that was destroyed out of its pool. */
    void forget(int vmid) throws IOException {
        if (of(all(), vmid).isPresent()) {
            change(pools -> pools.replaceAll((name, pool) -> pool.withoutVm(vmid)));
        }
    }
}
