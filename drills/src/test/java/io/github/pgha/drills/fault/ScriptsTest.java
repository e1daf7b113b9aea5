package io.github.pgha.drills.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs scripts of faults with functions in place of what they call. */
class ScriptsTest {
    private static final List<Host> MEMBERS = TestStack.stack().with(Host.POSTGRES);
    private static final String TOPOLOGY = """
            Current cluster topology
            + Cluster: pgha (7523) --+----+-----------+
            | p1     | 10.0.0.11 | Leader | running |
            """;

    private record Outcome(int exitCode, String out, String err) {}

    private static Outcome run(String functions, String script) throws IOException, InterruptedException {
        var bash = new ProcessBuilder("bash", "-c", "set -euo pipefail\n" + functions + script).start();
        bash.getOutputStream().close();
        String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(bash.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(bash.waitFor(), out, err.strip());
    }

    /** What comes of a switchover that Patroni answers so. */
    private static Outcome switchover(String expected, String answer, int exitCode)
            throws IOException, InterruptedException {
        return run("patronictl() {\ncat <<'END'\n" + TOPOLOGY + answer + "\nEND\nreturn " + exitCode + "\n}\n",
                Catalogue.switchover(MEMBERS.get(0), MEMBERS.get(1), expected));
    }

    @Test
    void aSwitchoverThatTookPlaceIsOne() throws Exception {
        String done = "2025-08-01 10:00:00.12345 Successfully switched over to \"p2\"\n| p2 | Leader |";
        String other = "2025-08-01 10:00:00.12345 Switched over to \"p3\" instead of \"p2\"";
        assertThat(switchover("witched over to \"", done, 0)).isEqualTo(new Outcome(0, "", ""));
        assertThat(switchover("witched over to \"", other, 0)).isEqualTo(new Outcome(0, "", ""));
        assertThat(switchover("Successfully switched over to \"p2\"", done, 0)).isEqualTo(new Outcome(0, "", ""));
        assertThat(switchover("Successfully switched over to \"p2\"", other, 0)).isEqualTo(new Outcome(1, "", other));
    }

    @Test
    void aRefusedSwitchoverFailsWithWhatPatroniSays() throws Exception {
        // The first two as Patroni 4.0.7 has them, with the exit code that it gives.
        String failed = "Switchover failed, details: 503, Switchover failed";
        String unsure = "2025-08-01 10:00:00.12 Could not switchover using Patroni api, falling back to DCS";
        String error = "Error: Member p1 is not the leader of cluster pgha";
        assertThat(switchover("witched over to \"", failed, 0)).isEqualTo(new Outcome(1, "", failed));
        assertThat(switchover("witched over to \"", unsure, 0)).isEqualTo(new Outcome(1, "", unsure));
        assertThat(switchover("witched over to \"", error, 1)).isEqualTo(new Outcome(1, "", error));
    }
}
