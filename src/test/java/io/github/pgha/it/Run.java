package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a command did.
 *
 * @param command what was run
 * @param exit    its exit code
 * @param out     its standard output
 * @param err     its standard error
 */
record Run(List<String> command, int exit, String out, String err) {
    private static final Path LOGS = Path.of("target", "it");

    /** Runs a command in the checkout, with nothing on its standard input, and waits for its end. */
    static Run of(Duration limit, Map<String, String> environment, List<String> command) {
        return of(limit, environment, command, "");
    }

    /** The same with a text on standard input. What the command says goes through files, which outlive a failure. */
    static Run of(Duration limit, Map<String, String> environment, List<String> command, String input) {
        try {
            Files.createDirectories(LOGS);
            Path out = Files.createTempFile(LOGS, "run-", ".out");
            Path err = Path.of(out.toString().replace(".out", ".err"));
            Process process = start(environment, command, out, err);
            try (var stdin = process.outputWriter()) {
                stdin.write(input);
            }
            if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                kill(process);
                throw new AssertionError("%s: not done within %s; it said:%n%s%s"
                        .formatted(command, limit, Files.readString(out), Files.readString(err)));
            }
            return new Run(command, process.exitValue(), Files.readString(out), Files.readString(err));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(command + ": interrupted", e);
        }
    }

    /** Starts a command without waiting for it. */
    static Process start(Map<String, String> environment, List<String> command, Path out, Path err) throws IOException {
        var builder = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Kills a process and all that it started, at once and without a chance to clean up. */
    static void kill(Process process) throws InterruptedException {
        var family = new ArrayList<>(process.descendants().toList());
        family.add(0, process.toHandle());
        family.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle member : family) {
            member.onExit().orTimeout(30, TimeUnit.SECONDS).join();
        }
    }

    /** Asserts that the command succeeded, and returns this. */
    Run ok() {
        assertThat(exit).as("exit code of %s, which said:%n%s%n%s", command, out, err).isZero();
        return this;
    }

    /** Asserts that the command failed, and returns this. */
    Run failed() {
        assertThat(exit).as("exit code of %s, which said:%n%s%n%s", command, out, err).isNotZero();
        return this;
    }

    /** Standard output and standard error, one after the other. */
    String said() {
        return out + err;
    }
}
