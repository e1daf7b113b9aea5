package io.github.pgha.patroni;

/**
 * How fast Patroni notices and acts, in seconds. Patroni itself only warns of values that break its rules and adjusts them.
 *
 * @param ttl          until a silent leader loses its lock; at least 20
 * @param loopWait     between two rounds; at least 1
 * @param retryTimeout how long a call to etcd or PostgreSQL is tried again; at least 3
 */
public record Timings(int ttl, int loopWait, int retryTimeout) {
    /** 20, 5, 5. */
    public static final Timings DEFAULT = new Timings(20, 5, 5);

    /** @throws IllegalArgumentException with one sentence that names the key, the value and the rule */
    public Timings {
        if (ttl < 20) {
            throw new IllegalArgumentException("patroniTtl '" + ttl + "' must be at least 20 seconds");
        }
        if (loopWait < 1) {
            throw new IllegalArgumentException("patroniLoopWait '" + loopWait + "' must be at least 1 second");
        }
        if (retryTimeout < 3) {
            throw new IllegalArgumentException("patroniRetryTimeout '" + retryTimeout + "' must be at least 3 seconds");
        }
        if (loopWait + 2 * retryTimeout > ttl) {
            throw new IllegalArgumentException("patroniLoopWait '" + loopWait + "' + 2 x patroniRetryTimeout '"
                    + retryTimeout + "' must be at most patroniTtl '" + ttl + "'");
        }
    }
}
