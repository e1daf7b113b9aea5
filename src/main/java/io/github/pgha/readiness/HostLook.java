package io.github.pgha.readiness;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.OpenSsh;
import io.github.pgha.readiness.RunningHost.Fate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Looks at all hosts side by side, by OpenSSH with the key of the stack's outputs or an ssh-agent's, and changes nothing. */
public final class HostLook {
    /** A host that is restarting is back by then. With {@link #LEAST} it stays under the 15 s that a look may take. */
    public static final Duration PATIENCE = Duration.ofSeconds(7);
    private static final Duration DIAL = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(500);
    /** For the answers. A busy host needs seconds to let somebody in: whatever {@link #reach} didn't need is theirs, too. */
    private static final Duration LEAST = Duration.ofSeconds(7);
    private static final Duration ALL = Duration.ofSeconds(14);
    private static final int CONNECT_SECONDS = 4;
    /** What ssh says of a host that isn't there, or hangs. */
    private static final Pattern AWAY = Pattern.compile("(?i)timed out|timeout|no route|unreachable|refused|closed by|reset by"
            + "|banner exchange|did not end");

    private final Duration patience;
    private final Instant begun = Instant.now();

    /** @param patience how long a host that doesn't answer is waited for */
    public HostLook(Duration patience) {
        this.patience = patience;
    }

    /**
     * Finds out who answers at SSH. Whoever is behind a jump host is taken to.
     *
     * @return why a host doesn't; empty for one that does
     */
    public Map<String, Optional<String>> reach(List<RunningHost> hosts) {
        return sideBySide(hosts, host -> host.fate() == Fate.LOST ? Optional.of("its machine is gone")
                : host.jump().isPresent() ? Optional.empty() : dial(host));
    }

    /** Waits for a TCP connection, as long as there may be one. */
    private Optional<String> dial(RunningHost host) {
        Instant end = Instant.now().plus(patience);
        while (true) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(host.address(), host.port()), (int) DIAL.toMillis());
                return Optional.empty();
            } catch (IOException e) {
                if (!Instant.now().plus(PAUSE).isBefore(end)) {
                    return Optional.of(e.getMessage());
                }
            }
            try {
                Thread.sleep(PAUSE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.of("it was not waited for");
            }
        }
    }

    /**
     * Looks at the hosts.
     *
     * @param reached    what {@link #reach} found
     * @param vip        the wanted virtual address; empty where nothing changes
     * @param scope      Patroni's prefix in etcd
     * @param privateKey the hosts' users' key; empty if it is in an ssh-agent
     * @param agent      socket of an ssh-agent; empty for none
     * @return one answer for each host, by its name
     * @throws IOException if a file can't be written here
     */
    public Map<String, Answer> ask(List<RunningHost> hosts, Map<String, Optional<String>> reached, String vip, String scope,
            Optional<String> privateKey, Optional<String> agent) throws IOException {
        List<String> addresses = hosts.stream().map(RunningHost::address).toList();
        Path folder = Files.createTempDirectory("pgha-look");
        try (KeyAgent own = privateKey.isPresent() ? KeyAgent.start(folder.resolve("agent"), privateKey.get()) : null) {
            for (RunningHost host : hosts) {
                Files.writeString(known(folder, host), host.name() + " " + host.hostKey() + "\n" + host.jump()
                        .map(jump -> jump(host) + " " + jump.hostKey() + "\n").orElse(""));
            }
            String socket = own == null ? agent.orElse("none") : folder.resolve("agent").toString();
            return sideBySide(hosts, host -> reached.get(host.name()).map(Answer::away)
                    .orElseGet(() -> ask(host, words(host, known(folder, host), socket), script(host, vip, scope, addresses))));
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static Path known(Path folder, RunningHost host) {
        return folder.resolve(host.name() + ".known");
    }

    static String script(RunningHost host, String vip, String scope, List<String> addresses) {
        // Quotation marks for the shell it writes as an escape.
        String wanted = new Gson().toJson(Map.of("address", host.address(), "vip", vip, "scope", scope, "hosts",
                addresses.stream().filter(address -> !address.equals(host.address())).toList()));
        return "exec python3 -I - '" + wanted + "' <<'PGHA_LOOK'\n"
                + HostScript.resource("readiness/look") + "PGHA_LOOK\n";
    }

    private static String jump(RunningHost host) {
        return "jump-of-" + host.name();
    }

    private Answer ask(RunningHost host, List<String> words, String script) {
        Instant asked = Instant.now();
        Duration left = ALL.minus(Duration.between(begun, asked));
        try {
            OpenSsh.Result result = OpenSsh.run(words, Map.of(), script, left.compareTo(LEAST) > 0 ? left : LEAST);
            Instant heard = Instant.now();
            String why = result.error().strip().lines().reduce((former, last) -> last).orElse("it ended with "
                    + result.exitCode());
            if (result.exitCode() != 0) {
                return result.exitCode() == OpenSsh.NO_CONNECTION && AWAY.matcher(why).find() ? Answer.away(why)
                        : Answer.unseen(why);
            }
            return Answer.told(JsonParser.parseString(result.out()).getAsJsonObject(), asked, heard);
        } catch (IOException | JsonParseException | IllegalStateException e) {
            return Answer.unseen(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.unseen("it was not waited for");
        }
    }

    private static List<String> words(RunningHost host, Path known, String agent) {
        var words = login(host.port(), host.user(), host.name(), known, agent);
        host.jump().ifPresent(jump -> {
            var way = login(jump.port(), jump.user(), jump(host), known, agent);
            way.addAll(List.of("-W", "[%h]:%p", jump.address()));
            // ssh hands this to a shell.
            words.addAll(List.of("-o", "ProxyCommand=" + way.stream().map(word -> "'" + word.replace("'", "'\\''") + "'")
                    .collect(Collectors.joining(" "))));
        });
        // A host where one may log in as root may have no sudo.
        words.addAll(List.of(host.address(), host.user().equals("root") ? "bash -s" : "sudo bash -s"));
        return words;
    }

    private static List<String> login(int port, String user, String alias, Path known, String agent) {
        var words = new ArrayList<>(List.of("ssh", "-F", "/dev/null", "-p", Integer.toString(port), "-l", user));
        for (String option : List.of("BatchMode=yes", "ConnectTimeout=" + CONNECT_SECONDS, "ConnectionAttempts=1",
                "StrictHostKeyChecking=yes", "HostKeyAlias=" + alias, "UserKnownHostsFile=" + known,
                "GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no", "PreferredAuthentications=publickey", "LogLevel=ERROR",
                // No key of the user's own in ~/.ssh.
                "IdentityFile=none", "IdentityAgent=" + agent)) {
            words.addAll(List.of("-o", option));
        }
        return words;
    }

    private static <T> Map<String, T> sideBySide(List<RunningHost> hosts, Function<RunningHost, T> work) {
        ExecutorService threads = Executors.newFixedThreadPool(hosts.size());
        try {
            Map<String, CompletableFuture<T>> all = new LinkedHashMap<>();
            hosts.forEach(host -> all.put(host.name(), CompletableFuture.supplyAsync(() -> work.apply(host), threads)));
            Map<String, T> done = new LinkedHashMap<>();
            all.forEach((name, future) -> done.put(name, future.join()));
            return done;
        } finally {
            threads.shutdownNow();
        }
    }
}
