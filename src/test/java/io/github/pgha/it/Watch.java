package io.github.pgha.it;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Remembers what the processes of a sandbox show of themselves and what lies in temporary folders, as often as it can, until
 * it is closed: a process or a file may be there for a moment only. The machine sees the hosts' processes, since they are
 * containers.
 */
final class Watch implements AutoCloseable {
    /** A process calls its program soon after it was made; later looks are for what it tells of itself meanwhile. */
    private static final long YOUNG_NANOS = 2_000_000_000L;
    private static final int OLD_EVERY = 100;
    private static final int FILES_EVERY = 4;
    private static final long PAUSE_MILLIS = 5;
    /** Nothing that is written there by mistake is larger. */
    private static final int LARGEST_FILE = 1 << 20;

    /** Something that was seen. */
    record Seen(Source source, String place, byte[] bytes) {}

    private record Key(Source source, ByteBuffer bytes) {}

    private static final class Known {
        private final long since = System.nanoTime();
        private final boolean host;
        private byte[] arguments = {};

        private Known(boolean host) {
            this.host = host;
        }
    }

    private final String namespace;
    private final Path temporary;
    private final Map<Key, Seen> seen = new LinkedHashMap<>();
    private final Map<String, Known> ours = new HashMap<>();
    private final Map<String, Long> strangers = new HashMap<>();
    /** Root folders as this machine sees them, and the hosts' names. */
    private final Map<Path, String> hosts = new HashMap<>();
    private final Set<String> hostPids = new HashSet<>();
    private final String ownPids = link("/proc/self/ns/pid");
    private final Thread thread = new Thread(this::watch, "watch");
    private volatile boolean ended;
    private volatile IOException trouble;
    private long rounds;

    /**
     * @param namespace name of the sandbox's network namespace, and of its control group
     * @param temporary the folder for temporary files of what is watched
     */
    Watch(String namespace, Path temporary) {
        this.namespace = namespace;
        this.temporary = temporary;
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends the watch and returns what was seen, each text once. */
    List<Seen> end() throws IOException {
        close();
        if (trouble != null) {
            throw trouble;
        }
        return List.copyOf(seen.values());
    }

    /** How often it looked. */
    long rounds() {
        return rounds;
    }

    @Override
    public void close() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch() {
        try {
            while (!ended) {
                processes(rounds % OLD_EVERY == 0);
                if (rounds % FILES_EVERY == 0) {
                    files(Source.MACHINE_FILES, "machine", temporary);
                    hosts.forEach((root, name) -> Stream.of("tmp", "var/tmp")
                            .forEach(folder -> files(Source.HOST_TMP, name, root.resolve(folder))));
                }
                rounds++;
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            trouble = new IOException("the watch was interrupted", e);
        }
    }

    private void processes(boolean all) {
        String[] names = new File("/proc").list();
        if (names == null) {
            return;
        }
        long now = System.nanoTime();
        Set<String> alive = Stream.of(names).filter(name -> Character.isDigit(name.charAt(0))).collect(Collectors.toSet());
        ours.keySet().retainAll(alive);
        strangers.keySet().retainAll(alive);
        for (String pid : alive) {
            Known known = ours.get(pid);
            if (known == null) {
                // Somebody of the sandbox may enter its network a moment after its start.
                Long since = strangers.putIfAbsent(pid, now);
                if (since != null && now - since > YOUNG_NANOS && !all) {
                    continue;
                }
                known = recognised(pid);
                if (known == null) {
                    continue;
                }
                strangers.remove(pid);
                ours.put(pid, known);
            } else if (now - known.since > YOUNG_NANOS && !all) {
                continue;
            }
            look(pid, known);
        }
    }

    /**
     * A host is in the sandbox's control group, and its processes have a number space of their own; the machine's processes are
     * in the sandbox's network.
     */
    private Known recognised(String pid) {
        String pids = link("/proc/" + pid + "/ns/pid");
        if (hostPids.contains(pids)) {
            return new Known(true);
        }
        String groups = new String(bytes("/proc/" + pid + "/cgroup"), StandardCharsets.UTF_8);
        if (groups.contains("/" + namespace + "/")) {
            boolean host = !pids.equals(ownPids);
            String status = new String(bytes("/proc/" + pid + "/status"), StandardCharsets.UTF_8);
            if (host && status.matches("(?s).*\\nNSpid:\\t\\d+\\t1\\n.*")) {
                Path root = Path.of("/proc", pid, "root");
                hostPids.add(pids);
                hosts.put(root, new String(bytes(root.resolve("etc/hostname").toString()), StandardCharsets.UTF_8).strip());
            }
            return new Known(host);
        }
        try {
            Object inode = Files.getAttribute(Path.of("/run/netns", namespace), "unix:ino");
            return link("/proc/" + pid + "/ns/net").equals("net:[" + inode + "]") ? new Known(false) : null;
        } catch (IOException e) {
            // The sandbox has no network yet.
            return null;
        }
    }

    private void look(String pid, Known known) {
        byte[] arguments = bytes("/proc/" + pid + "/cmdline");
        if (arguments.length == 0) {
            return;
        }
        String program = new String(bytes("/proc/" + pid + "/comm"), StandardCharsets.UTF_8).strip();
        if (!java.util.Arrays.equals(arguments, known.arguments)) {
            known.arguments = arguments;
            remember(known.host ? Source.HOST_ARGUMENTS : Source.MACHINE_ARGUMENTS, program, arguments);
        }
        // A program may get another environment than the one that called it, with the same arguments.
        byte[] environment = bytes("/proc/" + pid + "/environ");
        remember(known.host ? Source.HOST_ENVIRONMENT : Source.MACHINE_ENVIRONMENT, program, environment);
    }

    private void files(Source source, String where, Path folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    files(source, where, entry);
                } else if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS) && Files.size(entry) <= LARGEST_FILE) {
                    Source kind = source == Source.MACHINE_FILES && entry.getFileName().toString().contains(".log")
                            ? Source.PULUMI_LOG : source;
                    // A log grows: it is read when all is over.
                    if (kind != Source.PULUMI_LOG) {
                        remember(kind, where + " " + entry, bytes(entry.toString()));
                    }
                }
            }
        } catch (IOException e) {
            // It went away meanwhile.
        }
    }

    private void remember(Source source, String place, byte[] bytes) {
        if (bytes.length > 0) {
            seen.putIfAbsent(new Key(source, ByteBuffer.wrap(bytes)), new Seen(source, place, bytes));
        }
    }

    /** A file's bytes, or none if it went away meanwhile. */
    private static byte[] bytes(String file) {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            return in.readNBytes(LARGEST_FILE);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static String link(String file) {
        try {
            return Files.readSymbolicLink(Path.of(file)).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
