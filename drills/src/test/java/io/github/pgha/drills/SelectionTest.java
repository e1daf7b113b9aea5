package io.github.pgha.drills;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.fault.Catalogue;
import io.github.pgha.drills.fault.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private static List<String> names(List<Fault> faults) {
        return faults.stream().map(Fault::name).toList();
    }

    private static List<String> chaos(long seed) {
        List<String> names = new ArrayList<>();
        for (Fault fault : Selection.chaos(seed)) {
            names.add(fault.name());
            if (names.size() == 50) {
                break;
            }
        }
        return names;
    }

    @Test
    void takesNamesInTheirOrderAndRepeatsEach() {
        assertThat(names(Selection.of(List.of("switchover", "patroni-stop"), false, 2)))
                .containsExactly("switchover", "switchover", "patroni-stop", "patroni-stop");
    }

    @Test
    void takesSets() {
        assertThat(Selection.of(List.of(), false, 1)).isEqualTo(Catalogue.shortSet());
        assertThat(Selection.of(List.of(), true, 5)).hasSize(5 * Catalogue.all().size());
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> Selection.of(List.of(), false, 0)).hasMessage("--runs '0' must be at least 1.");
        assertThatThrownBy(() -> Selection.of(List.of("switchover"), true, 1))
                .hasMessage("--full and --fault exclude each other.");
    }

    @Test
    void aSeedDeterminesTheSequence() {
        assertThat(chaos(7)).isEqualTo(chaos(7)).isNotEqualTo(chaos(8)).doesNotContain("disk-full");
    }

    @Test
    void readsDurations() {
        assertThat(Selection.duration("--chaos", "30m")).isEqualTo(Duration.ofMinutes(30));
        assertThat(Selection.duration("--chaos", "90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Selection.duration("--chaos", "2h")).isEqualTo(Duration.ofHours(2));
        assertThatThrownBy(() -> Selection.duration("--chaos", "30"))
                .hasMessage("--chaos '30' must be a number with s, m or h, such as 30m.");
    }
}
