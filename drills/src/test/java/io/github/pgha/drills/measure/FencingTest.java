package io.github.pgha.drills.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.measure.Fencing.Demand;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FencingTest {
    private static final String NEVER = "";
    private static final String EARLIER = """
            {"phase": "done", "startedAt": 100.5, "offAt": 101.0}""";
    private static final String LATER = """
            {"phase": "done", "startedAt": 200.5, "offAt": 201.0}""";
    private static final String ABANDONED = """
            {"phase": "done", "startedAt": 200.5}""";

    private static Map<String, FenceInstance> said(String last, String... refusals) throws IOException {
        var text = new StringBuilder("@1000\npgha_fence_acting{cluster=\"pgha\",host=\"e1\"} 1\n");
        for (String refusal : refusals) {
            String[] parts = refusal.split(" ");
            text.append("pgha_fence_refusals_total{cluster=\"pgha\",host=\"e1\",reason=\"").append(parts[0])
                    .append("\"} ").append(parts[1]).append('\n');
        }
        // SSH's answers come without the last line's end.
        return Map.of("e1", FenceInstance.parse((text + "# last\n" + last).strip()));
    }

    @Test
    void tellsWhatHappened() throws IOException {
        assertThat(Fencing.between(said(NEVER), said(NEVER))).hasToString("watched");
        assertThat(Fencing.between(said(NEVER), said(LATER))).hasToString("fenced");
        assertThat(Fencing.between(said(EARLIER), said(LATER))).hasToString("fenced");
        assertThat(Fencing.between(said(EARLIER), said(EARLIER))).hasToString("watched");
        assertThat(Fencing.between(said(EARLIER), said(ABANDONED, "abandoned 1")))
                .hasToString("stood aside: abandoned");
        assertThat(Fencing.between(said(EARLIER, "paused 3"), said(EARLIER, "paused 4", "recent 1")))
                .hasToString("stood aside: paused, recent");
        assertThat(Fencing.between(said(EARLIER, "paused 3"), said(LATER, "paused 3", "recent 1")))
                .hasToString("fenced; stood aside: recent");
        assertThat(Fencing.between(Map.of("e1", FenceInstance.parse("off")), Map.of("e1", FenceInstance.parse("off"))))
                .hasToString("off");
    }

    @Test
    void aServiceThatWasStartedAnewCountsFromNothing() throws IOException {
        assertThat(Fencing.between(said(NEVER, "paused 3"), said(NEVER, "paused 1")))
                .hasToString("stood aside: paused");
        assertThat(Fencing.between(said(NEVER, "paused 3"), said(NEVER, "recent 1")))
                .hasToString("stood aside: recent");
        // Before, it could not be asked.
        assertThat(Fencing.between(Map.of(), said(NEVER, "paused 1"))).hasToString("stood aside: paused");
    }

    @Test
    void isHeldAgainstWhatAFaultDemands() {
        var paused = new Fencing(false, Set.of("paused"), false);
        var fenced = new Fencing(true, Set.of("paused"), false);
        var lease = new Demand("paused", false, true);
        assertThat(paused.against(lease, true)).isEmpty();
        assertThat(paused.against(lease, false)).contains("The same member leads as before.");
        assertThat(paused.against(new Demand("paused", false, false), true))
                .contains("Another member leads, though nothing ailed the leader.");
        assertThat(paused.against(new Demand("recent", false, true), true))
                .contains("Fencing didn't say that it stood aside: recent.");
        assertThat(fenced.against(lease, true)).contains("Fencing acted, though it had to stand aside: paused.");
        assertThat(fenced.against(new Demand("paused", true, true), true)).isEmpty();
        assertThat(Fencing.OFF.against(lease, true)).isNotEmpty();
        var either = new Demand(List.of("recent", "paused"), false, true, true);
        assertThat(paused.against(either, true)).isEmpty();
        assertThat(Fencing.OFF.against(either, true)).isEmpty();
        assertThat(Fencing.OFF.against(either, false)).contains("The same member leads as before.");
        assertThat(new Fencing(false, Set.of("short"), false).against(either, true))
                .contains("Fencing didn't say that it stood aside: recent or paused.");
    }

    @Test
    void somethingElseIsNoAnswer() {
        assertThatThrownBy(() -> FenceInstance.parse("cat: no such file")).isInstanceOf(IOException.class);
    }
}
