package io.github.pgha.balancer;

/** A drop-in of HAProxy's unit that tells keepalived at once whether this host can serve. */
final class HaproxyUnit {
    private HaproxyUnit() {}

    /** Returns the whole file. keepalived watches {@code /run/pgha-haproxy-ended}: 0 while HAProxy serves, else 1. */
    static String render(Frontend frontend) {
        return """
                # Written by pgha: changes made by hand are lost.
                [Service]
                ExecStartPost=/usr/local/libexec/pgha/haproxy-ended 0
                # While HAProxy still serves, so that no client knocks where nobody is.
                ExecStop=/usr/local/libexec/pgha/haproxy-ended 1 %s
                ExecStopPost=/usr/local/libexec/pgha/haproxy-ended 1
                """.formatted(frontend.vipAddress());
    }
}
