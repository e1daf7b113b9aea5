package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** An {@code up} that dies in the middle of things, as by a power failure of the machine that it runs on. */
final class Interruption {
    private Interruption() {}

    /** Kills the first {@code make up} of a sandbox while it works on several hosts. */
    static void killUpHalfWay() {
        try {
            Files.createDirectories(Path.of("target", "it"));
            Path out = Path.of("target", "it", "interrupted.out");
            Process up = Run.start(Lab.ENVIRONMENT, List.of("make", "up"), out, Path.of("target", "it", "interrupted.err"));
            // The first etcd member works, while others and all PostgreSQL hosts still install their packages or start.
            var deadline = Instant.now().plus(Lab.LONG);
            while (!Files.readString(out).matches("(?s).*-prepare [^\\n]*created.*")) {
                assertThat(up.isAlive()).as("make up ended by itself: %s", Files.readString(out)).isTrue();
                assertThat(Instant.now()).as("make up prepared no host: %s", Files.readString(out)).isBefore(deadline);
                Thread.sleep(Duration.ofMillis(200).toMillis());
            }
            Run.kill(up);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("the interrupted make up", e);
        }
    }
}
