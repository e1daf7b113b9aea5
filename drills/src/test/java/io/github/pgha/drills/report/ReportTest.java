package io.github.pgha.drills.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.fault.Catalogue;
import io.github.pgha.drills.measure.Fencing;
import io.github.pgha.drills.measure.Ledger;
import io.github.pgha.drills.measure.Watcher;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static Run run(String fault, double gap, List<Long> lost, List<String> lacks) {
        var writes = new Run.Clients(gap, gap, 0.1, gap + 1, Map.of("connection lost", 8), List.of(30, 31, 0, 0, 29));
        var reads = new Run.Clients(0.25, 0.25, 0.05, 0.5, Map.of(), List.of(12, 13, 12, 11, 12));
        return new Run(fault, writes, reads, new Ledger.Verdict(1000, 3, lost, List.of()),
                new Watcher.Sightings(80, 2, 0, Map.of()), 9.5, 14.25, new Run.State("p1", 4, "e1"),
                new Run.State("p2", 5, "e1"),
                new Fencing(false, fault.equals("leader-power") ? Set.of("paused") : Set.of(), false),
                fault.equals("leader-power") ? Optional.of("The same member leads as before.") : Optional.empty(),
                lacks, List.of("Two primaries in 2 samples: p1 and p2."));
    }

    private static final Report REPORT = new Report("fast", "six hosts <here>", List.of(
            run("patroni-stop", 2.0, List.of(), List.of()), run("patroni-stop", 1.5, List.of(), List.of()),
            run("leader-power", 17.0, List.of(5L, 6L), List.of("the standby p1 is 'stopped', not streaming"))),
            Map.of("disk-full", "its disk is another's"));

    @Test
    void isWrittenForMachines() {
        assertThat(REPORT.json()).isEqualTo(TestStack.file("report.json"));
    }

    @Test
    void isWrittenForPeople() {
        String page = Page.render(REPORT, Catalogue.all());
        assertThat(page.split("<svg", -1)).hasSize(1 + 3);
        assertThat(page).doesNotContain("<script", "http-equiv", "src=", "{{");
        // What a chart looks like is its library's matter, and depends on the fonts that are there.
        assertThat(page.replaceAll("(?s)<svg.*?</svg>\\s*", "<svg/>\n")).isEqualTo(TestStack.file("page.html"));
    }

    @Test
    void failsIfAnyRunFailed() {
        assertThat(REPORT.passed()).isFalse();
        assertThat(run("switchover", 1, List.of(), List.of()).passed()).isTrue();
        assertThat(run("switchover", 1, List.of(1L), List.of()).passed()).isFalse();
        assertThat(run("switchover", 1, List.of(), List.of("no member leads")).passed()).isFalse();
        assertThat(run("leader-power", 1, List.of(), List.of()).passed()).isFalse();
    }
}
