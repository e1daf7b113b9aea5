package io.github.pgha.rules;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.TreeSet;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds the name that was probably meant. */
public final class Nearest {
    private Nearest() {}

    /**
     * The known name with the least edits between, whatever the case of the letters.
     *
     * @param name  what was written
     * @param known what it could have been; at least one
     */
    public static String to(String name, Collection<String> known) {
        var distance = LevenshteinDistance.getDefaultInstance();
        String lower = name.toLowerCase(Locale.ROOT);
        return new TreeSet<>(known).stream()
                .min(Comparator.comparing(candidate -> distance.apply(candidate.toLowerCase(Locale.ROOT), lower)))
                .orElseThrow();
    }
}
