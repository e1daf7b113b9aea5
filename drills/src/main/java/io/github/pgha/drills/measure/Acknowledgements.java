package io.github.pgha.drills.measure;

import java.util.Arrays;

/** Times at which one client got an answer. */
public final class Acknowledgements {
    private long[] times = new long[1024];
    private int count;

    /** Notes one. */
    public synchronized void add(long nanos) {
        if (count == times.length) {
            times = Arrays.copyOf(times, count * 2);
        }
        times[count++] = nanos;
    }

    /** All so far. */
    public synchronized long[] all() {
        return Arrays.copyOf(times, count);
    }

    /** The last one; {@link Long#MIN_VALUE} if there is none. */
    public synchronized long last() {
        return count == 0 ? Long.MIN_VALUE : times[count - 1];
    }

    /** How many. */
    public synchronized int count() {
        return count;
    }
}
