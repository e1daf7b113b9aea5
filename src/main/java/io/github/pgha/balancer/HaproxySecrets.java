package io.github.pgha.balancer;

import java.nio.charset.StandardCharsets;

/** HAProxy's second file, readable by root only. */
final class HaproxySecrets {
    /** The user of the statistics page. */
    static final String STATISTICS_USER = "pgha";

    private HaproxySecrets() {}

    /** Returns the whole file. */
    static String render(String statisticsPassword) {
        return """
                # Written by pgha: changes made by hand are lost.
                userlist statistics_users
                    user %s insecure-password %s
                """.formatted(STATISTICS_USER, word(statisticsPassword));
    }

    /** One word for HAProxy, whatever it holds: all but letters and digits by their bytes' numbers. */
    private static String word(String text) {
        var word = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            word.append(c < 0x80 && Character.isLetterOrDigit(c) ? c : "\\x%02x".formatted((int) c));
        }
        return word.toString();
    }
}
