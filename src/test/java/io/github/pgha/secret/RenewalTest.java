package io.github.pgha.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RenewalTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("2036-01-01T00:00:00Z");
    /** Steps of 200 days, from an hour after the authority's start. */
    private static final Renewal RENEWAL = new Renewal(Duration.ofDays(300));
    private static final Instant FIRST = START.plus(Renewal.CLOCK_SKEW);

    @Test
    void staysTheSameForTwoThirdsOfItsLife() {
        var first = RENEWAL.window(START, END, START);
        assertThat(first.notBefore()).isEqualTo(START);
        assertThat(first.notAfter()).isEqualTo(FIRST.plus(Duration.ofDays(300)));
        assertThat(RENEWAL.window(START, END, FIRST.plus(Duration.ofDays(200)).minusNanos(1))).isEqualTo(first);
    }

    @Test
    void isRenewedWhenAThirdOfItsLifeIsLeftAndOverlapsItsForerunner() {
        var second = RENEWAL.window(START, END, FIRST.plus(Duration.ofDays(200)));
        assertThat(second.notBefore()).isEqualTo(FIRST.plus(Duration.ofDays(200)).minus(Renewal.CLOCK_SKEW));
        assertThat(second.notAfter()).isEqualTo(FIRST.plus(Duration.ofDays(500)));
        assertThat(RENEWAL.window(START, END, FIRST.plus(Duration.ofDays(399)))).isEqualTo(second);
        assertThat(RENEWAL.window(START, END, FIRST.plus(Duration.ofDays(400)))).isNotEqualTo(second);
    }

    @Test
    void neverOutlivesItsAuthority() {
        assertThat(RENEWAL.window(START, END, END.minusSeconds(1)).notAfter()).isEqualTo(END);
    }
}
