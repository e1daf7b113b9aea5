package io.github.pgha.drills;

import io.github.pgha.drills.fault.Catalogue;
import io.github.pgha.drills.fault.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which faults are drilled. */
final class Selection {
    private static final Pattern DURATION = Pattern.compile("([1-9]\\d{0,5})([smh])");

    private Selection() {}

    /**
     * Returns the faults to drill in order, each as often as it is to run; runs of one fault follow each other.
     *
     * @param names names from the command line; if there are none, a set is taken
     * @param full  all faults instead of the short set
     * @param runs  how often each
     * @throws IllegalArgumentException for an unknown name, names together with a set, or a number of runs below 1
     */
    static List<Fault> of(List<String> names, boolean full, int runs) {
        if (runs < 1) {
            throw new IllegalArgumentException("--runs '" + runs + "' must be at least 1.");
        }
        if (full && !names.isEmpty()) {
            throw new IllegalArgumentException("--full and --fault exclude each other.");
        }
        List<Fault> chosen = !names.isEmpty() ? Catalogue.named(names) : full ? Catalogue.all() : Catalogue.shortSet();
        List<Fault> all = new ArrayList<>();
        for (Fault fault : chosen) {
            for (int i = 0; i < runs; i++) {
                all.add(fault);
            }
        }
        return all;
    }

    /** An endless sequence of faults that a seed determines. */
    static Iterable<Fault> chaos(long seed) {
        List<Fault> candidates = Catalogue.all().stream().filter(fault -> !fault.is(Fault.Trait.ELABORATE)).toList();
        return () -> new Random(seed).ints(0, candidates.size()).mapToObj(candidates::get).iterator();
    }

    /**
     * Reads a duration such as 90s, 30m, 2h.
     *
     * @throws IllegalArgumentException if it isn't one
     */
    static Duration duration(String option, String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    option + " '" + text + "' must be a number with s, m or h, such as 30m.");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }
}
