package io.github.pgha.proxmox.api;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version of Proxmox VE, such as 8.4.
 *
 * @param major its first number
 * @param minor its second number
 */
public record Release(int major, int minor) implements Comparable<Release> {
    /** The first version that takes a qcow2 image as content of the type {@code import}. */
    public static final Release LEAST = new Release(8, 4);

    private static final Pattern TEXT = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");
    private static final Comparator<Release> ORDER =
            Comparator.comparingInt(Release::major).thenComparingInt(Release::minor);

    /** Empty if the text doesn't begin with two numbers. */
    public static Optional<Release> of(String text) {
        var numbers = TEXT.matcher(text);
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
