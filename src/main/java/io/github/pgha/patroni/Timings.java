package io.github.pgha.patroni;

import io.github.pgha.rules.Problems;

/**
 * How fast Patroni notices and acts, in seconds. Patroni itself only warns of values that break its rules and adjusts them.
 *
 * @param ttl          until a silent leader loses its lock; at least 20
 * @param loopWait     between two rounds; at least 1
 * @param retryTimeout how long a call to etcd or PostgreSQL is tried again; at least 3
 */
public record Timings(int ttl, int loopWait, int retryTimeout) {
    /** 20, 1, 5: a crash is seen within a second, and etcd may be away for five without a failover. */
    public static final Timings DEFAULT = new Timings(20, 1, 5);

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public Timings {
        var problems = new Problems();
        check(problems, ttl, loopWait, retryTimeout);
        problems.orThrow();
    }

    /** Seconds without a sign of life after which a PostgreSQL or a Patroni that doesn't run is ended: 4/5 of retryTimeout. */
    int hungAfter() {
        return Math.max(3, retryTimeout * 4 / 5);
    }

    /** Adds what is wrong with the parts; a null is passed over. */
    public static void check(Problems problems, Integer ttl, Integer loopWait, Integer retryTimeout) {
        boolean known = problems.require(ttl, t -> t >= 20, "patroniTtl '%s' must be at least 20 seconds")
                & problems.require(loopWait, t -> t >= 1, "patroniLoopWait '%s' must be at least 1 second")
                & problems.require(retryTimeout, t -> t >= 3, "patroniRetryTimeout '%s' must be at least 3 seconds");
        if (known) {
            problems.require(loopWait, wait -> wait + 2L * retryTimeout <= ttl,
                    "patroniLoopWait '%s' + 2 x patroniRetryTimeout '%s' must be at most patroniTtl '%s'",
                    retryTimeout, ttl);
        }
    }
}
