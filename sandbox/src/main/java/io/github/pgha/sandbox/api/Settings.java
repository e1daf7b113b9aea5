package io.github.pgha.sandbox.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What an administrator may have set on a Proxmox VE, in small files of the sandbox's state that are read anew for each
 * request: change one and the next call shows it.
 */
public final class Settings {
    /** That of the pve-manager whose code the sandbox was compared with. */
    private static final String VERSION = "9.2.11";
    /** Without a file: a search domain, and the gateway as name server. */
    private static final String RESOLV_CONF = "search sandbox.test\nnameserver 192.168.124.1\n";

    private final Path state;

    /** @param state the sandbox's state directory */
    public Settings(Path state) {
        this.state = state;
    }

    /** A node's name service: what machines get that have none of their own. */
    public record Dns(List<String> search, List<String> servers) { }

    /** The version that the API says; file {@code version}, such as 8.3.5. */
    public String version() throws IOException {
        return read("version", VERSION).strip();
    }

    /** "9.2" of "9.2.11". */
    public String release() throws IOException {
        return version().replaceFirst("^(\\d+\\.\\d+).*", "$1");
    }

    /** A node's resolv.conf; file {@code resolv.conf}. */
    public Dns dns() throws IOException {
        List<String> search = new ArrayList<>();
        List<String> servers = new ArrayList<>();
        for (String line : read("resolv.conf", RESOLV_CONF).lines().toList()) {
            List<String> words = List.of(line.strip().split("\\s+"));
            if (words.get(0).equals("search") || words.get(0).equals("domain")) {
                // The last one counts.
                search.clear();
                search.addAll(words.subList(1, words.size()));
            } else if (words.get(0).equals("nameserver") && words.size() > 1 && servers.size() < 3) {
                servers.add(words.get(1));
            }
        }
        return new Dns(List.copyOf(search), List.copyOf(servers));
    }

    /** VMs that are HA resources; file {@code ha}, an id a line. */
    public Set<Integer> ha() throws IOException {
        return ids("ha");
    }

    /** Takes a VM that was purged out of HA. */
    void dropHa(int vmid) throws IOException {
        Set<Integer> rest = ha();
        if (rest.remove(vmid)) {
            Files.writeString(state.resolve("ha"), rest.stream().map(id -> id + "\n").collect(Collectors.joining()));
        }
    }

    /** Containers, which have ids of the same range; file {@code containers}, an id a line. */
    public Set<Integer> containers() throws IOException {
        return ids("containers");
    }

    /**
     * Interfaces of a node.
     *
     * @param cidr its address and prefix
     * @param gateway may be null
     */
    public record Interface(String name, String cidr, String gateway) { }

    /** Interfaces that the API names before the bridge; file {@code network}: NAME ADDRESS/PREFIX [GATEWAY] a line. */
    public List<Interface> network() throws IOException {
        return read("network", "").lines().map(line -> line.strip().split("\\s+")).filter(words -> words.length > 1)
                .map(words -> new Interface(words[0], words[1], words.length > 2 ? words[2] : null)).toList();
    }

    private Set<Integer> ids(String name) throws IOException {
        return read(name, "").lines().map(String::strip).filter(line -> !line.isEmpty()).map(Integer::valueOf)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private String read(String name, String otherwise) throws IOException {
        try {
            return Files.readString(state.resolve(name));
        } catch (NoSuchFileException e) {
            return otherwise;
        }
    }
}
