package io.github.pgha.sandbox.vm;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as Proxmox writes them: "3G", "528M", bytes without a unit. */
public final class DiskSize {
    private static final Pattern FORMAT = Pattern.compile("(\\d+)(\\.\\d+)?([KMGT]?)");
    private static final String UNITS = "KMGT";

    private DiskSize() { }

    /** Bytes of "20G". */
    public static long parse(String text) {
        Matcher matcher = FORMAT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' isn't a disk size such as 20G");
        }
        double number = Double.parseDouble(matcher.group(1) + (matcher.group(2) == null ? "" : matcher.group(2)));
        int unit = matcher.group(3).isEmpty() ? 0 : UNITS.indexOf(matcher.group(3)) + 1;
        return (long) Math.ceil(number * Math.pow(1024, unit));
    }

    /** The largest unit that divides the size. */
    public static String format(long bytes) {
        long value = bytes;
        int unit = 0;
        while (unit < UNITS.length() && value != 0 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? String.valueOf(value) : value + UNITS.substring(unit - 1, unit);
    }
}
