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

    /** What comes of filling where the log is there, and a file system of its own mounted or not. */
    private static Outcome fill(String container, String log, boolean mounted)
            throws IOException, InterruptedException {
        return run("""
                pgrep() { echo self; }
                tr() { printf -- '-D\n/data\n'; }
                readlink() { echo %s; }
                systemd-detect-virt() { echo %s; [ %s != none ]; }
                mountpoint() { [ "$*" = '-q /run/pgha-drill-wal' ] && %s; }
                df() { printf 'Avail\n4096\n'; }
                fallocate() { echo "fallocate $*"; }
                systemd-run() { :; }
                """.formatted(log, container, container, mounted), DiskFull.fill());
    }

    @Test
    void onlyAFileSystemOfItsOwnIsFilledInAContainer() throws Exception {
        String small = "/run/pgha-drill-wal/pg_wal";
        assertThat(fill("lxc", small, true)).isEqualTo(new Outcome(0,
                "fallocate -l 4096 /run/pgha-drill-wal/pgha-drill-filler\n/run/pgha-drill-wal/pgha-drill-filler\n", ""));
        assertThat(fill("lxc", small, false)).isEqualTo(new Outcome(1, "",
                "in a container, and " + small + " isn't on a file system of its own at /run/pgha-drill-wal"));
        assertThat(fill("systemd-nspawn", "/data/pg_wal", true)).isEqualTo(new Outcome(1, "",
                "in a container, and /data/pg_wal isn't on a file system of its own at /run/pgha-drill-wal"));
    }

    @Test
    void aVirtualMachinesDiskIsFilledAsItIs() throws Exception {
        assertThat(fill("none", "/data/pg_wal", false)).isEqualTo(new Outcome(0,
                "fallocate -l 4096 /data/pgha-drill-filler\n/data/pgha-drill-filler\n", ""));
    }
}
