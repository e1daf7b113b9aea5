package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Patroni as its package starts it, and back. */
@Tag("long")
@Order(26)
class PatchesIT extends WhileAClientWrites {
    /** A handover with all of Patroni's pauses takes some five seconds; the machine may be busy. */
    private static final long LONGEST_GAP_MS = 30_000;

    PatchesIT() {
        super(LONGEST_GAP_MS);
    }

    /** Of Patroni's main process on each member. */
    private static List<String> programs() {
        return Lab.POSTGRES.stream().map(host -> Lab.on(host, "sh", "-c",
                "tr '\\0' ' ' </proc/$(systemctl show --value -p MainPID patroni)/cmdline").ok().out().split(" ")[1]).toList();
    }

    @Test
    void theClusterWorksWithoutThemAsWithThem() {
        assertThat(programs()).containsOnly("/usr/local/libexec/pgha/patroni");
        up(Stream.of("pgha-lab:patroniPatches=false")).ok();
        assertThat(programs()).containsOnly("/usr/bin/patroni");
        Lab.on("course-pg1", "patronictl", "switchover", "--force").ok();
        Lab.changesNothing("--config", "pgha-lab:patroniPatches=false");
        up(Stream.empty()).ok();
        assertThat(programs()).containsOnly("/usr/local/libexec/pgha/patroni");
    }
}
