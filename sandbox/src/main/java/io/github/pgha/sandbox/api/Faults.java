package io.github.pgha.sandbox.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ways in which the API fails one of its callers, so that drills can see what those do then. They stand in a file that
 * is read anew for each request ({@code sandbox/fail-api} writes it); without the file nothing fails.
 */
public final class Faults {
    /** How long a request hangs, at most: longer than any client waits, and each occupies a thread. */
    private static final Duration HANG = Duration.ofSeconds(20);
    private static final long POLL_MILLIS = 50;
    private static final Pattern MACHINE = Pattern.compile("/nodes/([^/]+)/qemu/(\\d+)(/.*)?");
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    /** What fails. */
    public enum Kind {
        /** Requests are taken and never answered. */
        HANG,
        /** The token is gone: 401. */
        REVOKE,
        /** The token has no rights any more: 403. */
        FORBID,
        /** The node can't be reached by the one that answers: 595. */
        LOSE_NODE,
        /** No machine is there: 500. */
        LOSE_MACHINES,
        /** A machine is neither running nor stopped. */
        HIDE_STATE,
        /** A stop ends well and stops nothing. */
        IGNORE_STOP;

        /** As it stands in the file. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Path file;
    private final Cluster cluster;

    /**
     * @param file  lines {@code USER@REALM!TOKEN KIND}; may be absent
     * @param cluster where a stop that does nothing leaves its task
     */
    public Faults(Path file, Cluster cluster) {
        this.file = file;
        this.cluster = cluster;
    }

    /** Answers a caller's request as the dispatcher does, or fails it. */
    Object answer(Dispatcher dispatcher, Node asked, Caller caller, String method, String path,
            Map<String, String> parameters) throws Exception {
        Optional<Kind> kind = of(caller);
        if (kind.isEmpty()) {
            return dispatcher.answer(asked, caller, method, path, parameters);
        }
        LOG.info("{} {} of {} fails: {}", method, path, caller.user(), kind.get().word());
        Matcher machine = MACHINE.matcher(path);
        switch (kind.get()) {
            case HANG -> hang(caller);
            case REVOKE -> throw Tokens.failure();
            case FORBID -> {
                return dispatcher.answer(asked, new Caller(caller.user(), Map.of(), Map.of()), method, path, parameters);
            }
            case LOSE_NODE -> {
                if (path.startsWith("/nodes/")) {
                    throw ApiException.unreachable("No route to host");
                }
            }
            case LOSE_MACHINES -> {
                if (path.equals("/cluster/resources")) {
                    return List.of();
                }
                if (machine.matches()) {
                    throw ApiException.failed("Configuration file 'nodes/" + machine.group(1) + "/qemu-server/"
                            + machine.group(2) + ".conf' does not exist");
                }
            }
            case HIDE_STATE -> {
                if (machine.matches() && "/status/current".equals(machine.group(3))) {
                    var status = new LinkedHashMap<Object, Object>(
                            (Map<?, ?>) dispatcher.answer(asked, caller, method, path, parameters));
                    status.put("status", "unknown");
                    return status;
                }
            }
            case IGNORE_STOP -> {
                if (machine.matches() && method.equals("POST") && "/status/stop".equals(machine.group(3))) {
                    return cluster.node(machine.group(1)).tasks().start("qmstop", machine.group(2),
                            Integer.valueOf(machine.group(2)), caller.user(),
                            log -> log.line("nothing is stopped: a drill wants it so"));
                }
            }
        }
        return dispatcher.answer(asked, caller, method, path, parameters);
    }

    private void hang(Caller caller) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + HANG.toNanos();
        while (of(caller).equals(Optional.of(Kind.HANG)) && System.nanoTime() < deadline) {
            Thread.sleep(POLL_MILLIS);
        }
    }

    private Optional<Kind> of(Caller caller) throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        return text.lines().map(line -> line.split(" ", 2))
                .filter(line -> line.length == 2 && line[0].equals(caller.user())).map(line -> kind(line[1])).findFirst();
    }

    private static Kind kind(String word) {
        return Arrays.stream(Kind.values()).filter(kind -> kind.word().equals(word)).findFirst()
                .orElseThrow(() -> ApiException.failed("the sandbox can't fail like '" + word + "', only like "
                        + Arrays.stream(Kind.values()).map(Kind::word).collect(Collectors.joining(", "))));
    }
}
