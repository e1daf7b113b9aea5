package io.github.pgha.preflight;

import io.github.pgha.host.OpenSsh;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Logs in to nodes by OpenSSH with the provider's user and key and its rules: an unknown host key is taken, a changed one
 * isn't. But nothing is written into {@code ~/.ssh/known_hosts}: each connection has a copy.
 */
final class Ssh implements NodeShell {
    private static final int CONNECT_SECONDS = 5;
    private static final Duration MOST = Duration.ofSeconds(20);
    private static final String PORT = "22";
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final SshLogin login;
    private final Path knownHosts;
    private final String port;
    private final Path folder;

    Ssh(SshLogin login, Path knownHosts) throws IOException {
        this(login, knownHosts, PORT);
    }

    Ssh(SshLogin login, Path knownHosts, String port) throws IOException {
        this.login = login;
        this.knownHosts = knownHosts;
        this.port = port;
        folder = Files.createTempDirectory("pgha-preflight");
        folder.toFile().deleteOnExit();
        if (login.hasKey()) {
            Files.writeString(file("key"), login.privateKey() + "\n");
        }
    }

    private Path file(String name) throws IOException {
        Path file = Files.createFile(folder.resolve(name), OWNER_ONLY);
        // Also if it is interrupted.
        file.toFile().deleteOnExit();
        return file;
    }

    @Override
    public Optional<String> publicKey() throws IOException, InterruptedException {
        if (!login.hasKey()) {
            return Optional.empty();
        }
        Result result = run(List.of("ssh-keygen", "-y", "-P", "", "-f", folder.resolve("key").toString()), Optional.empty());
        return result.exitCode() == 0 ? Optional.of(result.out().strip()) : Optional.empty();
    }

    @Override
    public Result run(String address, String script) throws IOException, InterruptedException {
        Path known = file("known-" + address.replace(':', '_'));
        if (Files.isReadable(knownHosts)) {
            Files.write(known, Files.readAllBytes(knownHosts));
        }
        long before = Files.size(known);
        var words = new ArrayList<>(List.of("ssh", "-F", "/dev/null", "-p", port, "-l", login.user()));
        option(words, "BatchMode=yes", "ConnectTimeout=" + CONNECT_SECONDS, "ConnectionAttempts=1", "ServerAliveInterval=3",
                "ServerAliveCountMax=2", "StrictHostKeyChecking=accept-new", "UserKnownHostsFile=" + known,
                "GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no", "HashKnownHosts=no", "PreferredAuthentications=publickey",
                "LogLevel=ERROR", "IdentityAgent=" + (login.usesAgent() ? login.agent() : "none"));
        if (login.hasKey()) {
            words.addAll(List.of("-i", folder.resolve("key").toString()));
        }
        if (!login.usesAgent()) {
            option(words, "IdentitiesOnly=yes");
        }
        // In the form that the provider has for its commands.
        words.addAll(List.of(address, "/bin/bash -c '" + script.replace("'", "'\"'\"'") + "'"));
        return run(words, Optional.of(new Known(known, before)));
    }

    private record Known(Path file, long before) {
        Optional<String> added() throws IOException {
            byte[] all = Files.readAllBytes(file);
            return all.length <= before ? Optional.empty()
                    : new String(all, (int) before, (int) (all.length - before), StandardCharsets.UTF_8).lines()
                            .filter(line -> !line.isBlank()).findFirst();
        }
    }

    private static void option(List<String> words, String... options) {
        for (String option : options) {
            words.add("-o");
            words.add(option);
        }
    }

    private static Result run(List<String> words, Optional<Known> known) throws IOException, InterruptedException {
        OpenSsh.Result result = OpenSsh.run(words, MOST);
        return new Result(result.exitCode(), result.out(), result.error(),
                known.isPresent() ? known.get().added() : Optional.empty());
    }

    @Override
    public void close() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
