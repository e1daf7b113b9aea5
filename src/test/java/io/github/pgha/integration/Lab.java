package io.github.pgha.integration;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The cluster that runs in a sandbox: commands beside it and on its hosts. */
final class Lab {
    private final File checkout;
    private final Map<String, String> outputs = new ConcurrentHashMap<>();

    /**
     * @param checkout the project's folder; environment variable {@code PGHA_SANDBOX} says which sandbox
     */
    Lab(Path checkout) {
        this.checkout = checkout.toFile();
    }

    /** What a command said, on standard output and error, and how it ended. */
    record Answer(int status, String text) {
        boolean ok() {
            return status == 0;
        }
    }

    /** Runs a shell script inside the sandbox's network, where a client of the cluster would be. */
    Answer client(String script) {
        return run("./sandbox/run", List.of("bash", "-c", script));
    }

    /** Runs a shell script as root on a host. */
    Answer on(String host, String script) {
        return run("./sandbox/console", List.of(host, "bash", "-c", script));
    }

    /** Like {@link #on}, for what must work: its output, without the last line's end. */
    String must(String host, String script) {
        Answer answer = on(host, script);
        if (!answer.ok()) {
            throw new AssertionError("on " + host + ": " + script + "\nended with " + answer.status() + ": " + answer.text());
        }
        return answer.text().strip();
    }

    /** An output of the stack, secret ones too. */
    String output(String name) {
        return outputs.computeIfAbsent(name, key -> {
            Answer answer = client("pulumi stack output --stack dev --show-secrets " + key + " 2>&1");
            if (!answer.ok()) {
                throw new AssertionError("no stack output " + key + ": " + answer.text());
            }
            return answer.text().strip();
        });
    }

    private Answer run(String program, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command).directory(checkout).redirectErrorStream(true)
                    .redirectInput(new File("/dev/null")).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end within 120 s");
            }
            return new Answer(process.exitValue(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(command + " was interrupted", e);
        }
    }
}
