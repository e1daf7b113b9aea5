package io.github.pgha;

import io.github.pgha.balancer.Pace;
import io.github.pgha.patroni.Timings;

/**
 * How fast the cluster notices that a part has failed. Faster means a shorter gap and a greater risk to take a slow part
 * for a dead one; docs/failover.md has the figures of each.
 */
public enum Timing {
    /** For hosts and a network that answer within a fraction of a second, always. */
    FAST(Timings.DEFAULT, Pace.DEFAULT),
    /** For hypervisors that now and then pause a machine, such as for a snapshot. */
    NORMAL(new Timings(30, 5, 10), new Pace(1000, 500, 500, 3, 1, 50)),
    /** For slow or busy networks, and for machines that are moved between nodes while they run. */
    SAFE(new Timings(60, 10, 20), new Pace(2000, 1000, 1000, 3, 2, 100)),
    /** What most instructions on the web end with; to compare with. */
    TEXTBOOK(new Timings(30, 10, 10), new Pace(3000, 3000, 3000, 3, 2, 100));

    private final Timings patroni;
    private final Pace balancer;

    Timing(Timings patroni, Pace balancer) {
        this.patroni = patroni;
        this.balancer = balancer;
    }

    /** Patroni's part. */
    public Timings patroni() {
        return patroni;
    }

    /** The balancers' part. */
    public Pace balancer() {
        return balancer;
    }
}
