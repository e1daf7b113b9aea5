package io.github.pgha.sandbox.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    private String read(String name, String otherwise) throws IOException {
        try {
            return Files.readString(state.resolve(name));
        } catch (NoSuchFileException e) {
            return otherwise;
        }
    }
}
