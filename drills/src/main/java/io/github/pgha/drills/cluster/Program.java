package io.github.pgha.drills.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A program that the environment names, which does for a drill what no API can. */
record Program(String path) {
    /** Empty if the environment names none. */
    static Optional<Program> of(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable)).filter(text -> !text.isBlank()).map(Program::new);
    }

    /**
     * Runs it to its end.
     *
     * @throws IOException with what it printed, if it failed or took longer than that
     */
    void run(Duration limit, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(path));
        command.addAll(List.of(arguments));
        String called = String.join(" ", command);
        Path output = Files.createTempFile("pgha-drill", ".txt");
        try {
            // To a file: what it leaves running may keep a pipe open.
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
            process.getOutputStream().close();
            if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(called + " did not end within " + limit.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(called + " failed: " + Files.readString(output, StandardCharsets.UTF_8).strip());
            }
        } finally {
            Files.delete(output);
        }
    }
}
