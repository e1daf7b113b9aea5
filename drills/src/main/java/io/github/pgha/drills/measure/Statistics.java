package io.github.pgha.drills.measure;

import java.util.Arrays;
import java.util.List;

/** Median and worst of the runs of a fault. */
public record Statistics(double median, double worst) {
    /**
     * Returns both, in hundredths. Of an even number of values the median is the mean of the two in the middle.
     *
     * @throws IllegalArgumentException if there is no value
     */
    public static Statistics of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("there is no value to make statistics of");
        }
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Statistics(rounded(median), rounded(Arrays.stream(sorted).max().getAsDouble()));
    }

    /** The same number in hundredths. */
    public static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
