package io.github.pgha.drills.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void takesTheMiddleOfAnOddNumber() {
        assertThat(Statistics.of(List.of(9.0, 1.0, 2.0))).isEqualTo(new Statistics(2.0, 9.0));
    }

    @Test
    void takesTheMeanOfTheTwoInTheMiddleOfAnEvenNumber() {
        assertThat(Statistics.of(List.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(new Statistics(3.0, 9.0));
    }

    @Test
    void roundsToHundredths() {
        assertThat(Statistics.of(List.of(1.23456))).isEqualTo(new Statistics(1.23, 1.23));
    }

    @Test
    void wantsAValue() {
        assertThatThrownBy(() -> Statistics.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
