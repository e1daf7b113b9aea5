package io.github.pgha.patroni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimingsTest {
    @Test
    void limitsThemselvesAreAllowed() {
        assertThatCode(() -> new Timings(20, 10, 5)).doesNotThrowAnyException();
        assertThatCode(() -> new Timings(20, 1, 3)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"3,3", "4,3", "5,4", "10,8", "20,16"})
    void whatHangsIsEndedBeforePatroniWouldGiveUp(int retryTimeout, int seconds) {
        assertThat(new Timings(60, 1, retryTimeout).hungAfter()).isEqualTo(seconds);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "19|5|5|patroniTtl '19' must be at least 20 seconds",
        "20|0|5|patroniLoopWait '0' must be at least 1 second",
        "20|5|2|patroniRetryTimeout '2' must be at least 3 seconds",
        "20|11|5|patroniLoopWait '11' + 2 x patroniRetryTimeout '5' must be at most patroniTtl '20'",
    })
    void whatPatroniWouldAdjustIsRefused(int ttl, int loopWait, int retryTimeout, String sentence) {
        assertThatThrownBy(() -> new Timings(ttl, loopWait, retryTimeout))
                .isInstanceOf(IllegalArgumentException.class).hasMessage(sentence);
    }
}
