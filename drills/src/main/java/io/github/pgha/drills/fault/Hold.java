package io.github.pgha.drills.fault;

import java.time.Duration;
import java.util.Optional;

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
        /** The time alone, in which the leader must not move. */
        LEADER_STAYS,
        /** Another member leads and writes are acknowledged again; it must come to that. */
        LEADER_MOVED,
        /** Another balancer holds the virtual address and writes are acknowledged again; it must come to that. */
        VIP_MOVED,
        /** The cluster is whole again by itself, or another member leads and writes are acknowledged again. */
        SETTLED
    }

    /** What is amiss if nothing moved by the end; empty if nothing had to. */
    public Optional<String> unmoved() {
        // Either the fault wasn't really there, or the cluster didn't get over it: the gap would tell of neither.
        return switch (until) {
            case LEADER_MOVED -> Optional.of("The leader did not move within %d s.".formatted(atMost.toSeconds()));
            case VIP_MOVED -> Optional.of(
                    "The virtual address did not move within %d s.".formatted(atMost.toSeconds()));
            case TIME, LEADER_STAYS, SETTLED -> Optional.empty();
        };
    }

    /**
     * What is amiss if the leader moved though it had to stay; empty if it had not to, or did.
     *
     * @param before leader and timeline when the fault began; a new timeline tells of a leader that went and came back
     * @param after  the same in the end
     */
    public Optional<String> moved(String before, String after) {
        return until == Until.LEADER_STAYS && !before.equals(after)
                ? Optional.of("The leader moved, which nothing called for: from %s to %s.".formatted(before, after))
                : Optional.empty();
    }

    static Hold seconds(int seconds) {
        return seconds(Until.TIME, seconds);
    }

    static Hold seconds(Until until, int seconds) {
        return new Hold(until, Duration.ofSeconds(seconds), Duration.ofSeconds(seconds));
    }

    static Hold until(Until until, int atLeast, int atMost) {
        return new Hold(until, Duration.ofSeconds(atLeast), Duration.ofSeconds(atMost));
    }
}
