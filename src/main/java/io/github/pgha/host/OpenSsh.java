package io.github.pgha.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs OpenSSH's programs. */
public final class OpenSsh {
    /** What {@code ssh} ends with when it is the connection that failed. */
    public static final int NO_CONNECTION = 255;
    private static final Logger LOG = Logger.getLogger(OpenSsh.class.getName());

    private OpenSsh() {}

    /**
     * What came of a command.
     *
     * @param exitCode {@link #NO_CONNECTION} if there was no login, or no end in time
     * @param out      what it said
     * @param error    what it said on its standard error, or ssh did
     */
    public record Result(int exitCode, String out, String error) {}

    /** Runs a command with nothing to read. */
    public static Result run(List<String> words, Duration most) throws IOException, InterruptedException {
        return run(words, Map.of(), "", most);
    }

    /**
     * Runs a command and waits for its end.
     *
     * @param words       program and arguments
     * @param environment what it has in its environment besides ours
     * @param input       what it reads from its standard input; it may be a secret
     * @param most        how long it may take
     * @throws IOException if the program can't be started
     */
    public static Result run(List<String> words, Map<String, String> environment, String input, Duration most)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(words);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            var out = text(process.getInputStream());
            var error = text(process.getErrorStream());
            write(process, input);
            if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Result(NO_CONNECTION, "", "it did not end within " + most.toSeconds() + " s");
            }
            return new Result(process.exitValue(), out.join(), error.join());
        } finally {
            process.destroyForcibly();
        }
    }

    /** Whoever ends without having read all of it says why elsewhere. */
    private static void write(Process process, String input) {
        background(() -> {
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                LOG.log(Level.FINE, "the program ended early", e);
            }
        });
    }

    private static void background(Runnable work) {
        var thread = new Thread(work, "pgha-ssh");
        thread.setDaemon(true);
        thread.start();
    }

    private static CompletableFuture<String> text(InputStream stream) {
        var text = new CompletableFuture<String>();
        background(() -> {
            try {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.completeExceptionally(e);
            }
        });
        return text;
    }
}
