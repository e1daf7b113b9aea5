package io.github.pgha.sandbox.vm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Programs of the host. */
public final class Commands {
    private Commands() { }

    /** A program's result, with a way to insist on success. */
    public record Outcome(List<String> command, Hypervisor.Result result) {
        /** The result, or an exception with what was to be done and what the program said. */
        public Hypervisor.Result orThrow(String what) throws IOException {
            if (result.exitCode() != 0) {
                throw new IOException(what + ": " + String.join(" ", command) + " ended with " + result.exitCode()
                        + ": " + result.err().strip());
            }
            return result;
        }
    }

    /** Runs a program to its end, with the given standard input (none if null). */
    public static Outcome run(List<String> command, String input) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).start();
        CompletableFuture<String> out = read(process.getInputStream());
        CompletableFuture<String> err = read(process.getErrorStream());
        try (OutputStream stdin = process.getOutputStream()) {
            if (input != null) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            // It ended without reading its input; its exit code tells.
            process.waitFor();
        }
        return new Outcome(command, new Hypervisor.Result(process.waitFor(), out.join(), err.join()));
    }

    private static CompletableFuture<String> read(InputStream stream) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.completeExceptionally(e);
            }
        });
        reader.setDaemon(true);
        reader.start();
        return text;
    }
}
