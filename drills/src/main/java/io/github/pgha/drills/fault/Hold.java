package io.github.pgha.drills.fault;

import java.time.Duration;

/**
 * How long a fault stays before it is healed.
 *
 * @param until   what is waited for
 * @param atLeast even if that comes sooner
 * @param atMost  even if that never comes
 */
public record Hold(Until until, Duration atLeast, Duration atMost) {
    /** What is waited for. */
    public enum Until {
        /** The time alone. */
        TIME,
        /** Another member leads and writes are acknowledged again. */
        LEADER_MOVED,
        /** Another balancer holds the virtual address and writes are acknowledged again. */
        VIP_MOVED,
        /** The cluster is whole again by itself, or another member leads and writes are acknowledged again. */
        SETTLED
    }

    static Hold seconds(int seconds) {
        return new Hold(Until.TIME, Duration.ofSeconds(seconds), Duration.ofSeconds(seconds));
    }

    static Hold until(Until until, int atLeast, int atMost) {
        return new Hold(until, Duration.ofSeconds(atLeast), Duration.ofSeconds(atMost));
    }
}
