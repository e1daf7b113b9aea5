package io.github.pgha.drills.measure;

import java.util.Arrays;

/** The longest time without an acknowledgement. All times are nanoseconds of one clock. */
public final class Gaps {
    private Gaps() {}

    /** A time without an acknowledgement. */
    public record Gap(long from, long to) {
        /** Its length in seconds. */
        public double seconds() {
            return (to - from) / 1e9;
        }
    }

    /**
     * Returns the longest gap between two times; the ends count as acknowledgements, so that a client that never came
     * back isn't overlooked.
     *
     * @param acknowledged times in any order; those outside are ignored
     */
    public static Gap longest(long[] acknowledged, long start, long end) {
        return longestThatBegins(acknowledged, start, end, start, Long.MAX_VALUE);
    }

    /** Returns the longest of the gaps that begin between two times (the second excluded), within the same limits. */
    public static Gap longestThatBegins(long[] acknowledged, long start, long end, long from, long before) {
        long[] sorted = Arrays.stream(acknowledged).filter(time -> time >= start && time <= end).sorted().toArray();
        Gap longest = new Gap(from, from);
        long last = start;
        for (int i = 0; i <= sorted.length; i++) {
            long next = i < sorted.length ? sorted[i] : end;
            if (last >= from && last < before && next - last > longest.to() - longest.from()) {
                longest = new Gap(last, next);
            }
            last = next;
        }
        return longest;
    }
}
