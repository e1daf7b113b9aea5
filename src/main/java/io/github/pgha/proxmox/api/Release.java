package io.github.pgha.proxmox;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/** A version of Proxmox VE, such as 8.4. */
record Release(int major, int minor) implements Comparable<Release> {
    private static final Comparator<Release> ORDER =
            Comparator.comparingInt(Release::major).thenComparingInt(Release::minor);

    /** Empty if the text doesn't begin with two numbers. */
    static Optional<Release> of(String text) {
        var numbers = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(text);
        return numbers.matches() ? Optional.of(new Release(
                Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)))) : Optional.empty();
    }

    @Override
    public int compareTo(Release other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
