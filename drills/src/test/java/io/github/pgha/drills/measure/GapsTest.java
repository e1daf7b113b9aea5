package io.github.pgha.drills.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.drills.measure.Gaps.Gap;
import org.junit.jupiter.api.Test;

class GapsTest {
    @Test
    void findsTheLongestWhateverTheOrder() {
        assertThat(Gaps.longest(new long[] {70, 10, 30, 20, 75}, 0, 80)).isEqualTo(new Gap(30, 70));
    }

    @Test
    void countsAClientThatNeverCameBack() {
        assertThat(Gaps.longest(new long[] {10, 20}, 0, 100)).isEqualTo(new Gap(20, 100));
    }

    @Test
    void countsAClientThatWasNeverServed() {
        assertThat(Gaps.longest(new long[0], 5, 100)).isEqualTo(new Gap(5, 100));
    }

    @Test
    void ignoresWhatIsOutside() {
        assertThat(Gaps.longest(new long[] {1, 49, 52, 300}, 40, 60)).isEqualTo(new Gap(40, 49));
    }

    @Test
    void tellsGapsApartByWhenTheyBegan() {
        long[] times = {10, 40, 50, 60, 80, 90};
        assertThat(Gaps.longestThatBegins(times, 0, 100, 0, 45)).isEqualTo(new Gap(10, 40));
        assertThat(Gaps.longestThatBegins(times, 0, 100, 45, Long.MAX_VALUE)).isEqualTo(new Gap(60, 80));
    }

    @Test
    void aGapThatLastsIntoTheNextPhaseBelongsToWhereItBegan() {
        long[] times = {10, 20, 90, 95};
        assertThat(Gaps.longestThatBegins(times, 0, 100, 0, 50)).isEqualTo(new Gap(20, 90));
        assertThat(Gaps.longestThatBegins(times, 0, 100, 50, Long.MAX_VALUE)).isEqualTo(new Gap(90, 95));
    }

    @Test
    void isInSeconds() {
        assertThat(new Gap(1_000_000_000L, 3_500_000_000L).seconds()).isEqualTo(2.5);
    }
}
