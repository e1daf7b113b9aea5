package io.github.pgha.secret;

import java.time.Duration;
import java.time.Instant;

/**
 * When certificates change. Time since the authority's start is cut into steps of two thirds of a certificate's life; all
 * runs within a step give the same certificate, and the first run in the next step a new one, while the old one has at
 * least nothing to a third of its life left.
 *
 * @param life from a certificate's start to its end; at least 3 days
 */
public record Renewal(Duration life) {
    /** A shorter life leaves less than a day to renew in. */
    static final int LEAST_DAYS = 3;
    /** Hosts whose clock is behind by up to this accept a certificate at once. */
    static final Duration CLOCK_SKEW = Duration.ofHours(1);

    /** The times between which a certificate is valid. */
    public record Validity(Instant notBefore, Instant notAfter) {}

    /**
     * Returns the validity of a certificate that is issued now.
     *
     * @param authorityStart when the authority's own certificate starts, not after now
     * @param authorityEnd   when it ends; no certificate outlives it
     * @param now            the time of the run
     */
    Validity window(Instant authorityStart, Instant authorityEnd, Instant now) {
        Duration step = life.multipliedBy(2).dividedBy(3);
        Instant first = authorityStart.plus(CLOCK_SKEW);
        long steps = now.isBefore(first) ? 0 : Duration.between(first, now).dividedBy(step);
        Instant start = first.plus(step.multipliedBy(steps));
        Instant end = start.plus(life);
        return new Validity(start.minus(CLOCK_SKEW), end.isAfter(authorityEnd) ? authorityEnd : end);
    }
}
