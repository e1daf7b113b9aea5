package io.github.pgha.balancer;

/** HAProxy's second file, readable by root only. */
final class HaproxySecrets {
    /** The user of the statistics page. */
    static final String STATISTICS_USER = "pgha";

    private HaproxySecrets() {}

    /** Returns the whole file. The password is one of ours: letters and digits. */
    static String render(String statisticsPassword) {
        return """
                # Written by pgha: changes made by hand are lost.
                userlist statistics_users
                    user %s insecure-password %s
                """.formatted(STATISTICS_USER, statisticsPassword);
    }
}
