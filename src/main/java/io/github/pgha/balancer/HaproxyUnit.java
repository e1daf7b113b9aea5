package io.github.pgha.balancer;

/** A drop-in of HAProxy's unit: what comes before and after HAProxy when it starts, reloads and stops. */
final class HaproxyUnit {
    private HaproxyUnit() {}

    /** Returns the whole file. keepalived watches {@code /run/pgha-haproxy-ended}: 0 while HAProxy serves, else 1. */
    static String render(Frontend frontend) {
        return """
                # Written by pgha: changes made by hand are lost.
                [Service]
                # A reload goes on with what was known of the servers. A start knows nothing yet: 1 is the format's version.
                ExecStartPre=/bin/sh -c 'echo 1 >%s'
                ExecReload=
                ExecReload=/usr/sbin/haproxy -Ws -f $CONFIG -c $EXTRAOPTS
                ExecReload=-/usr/local/libexec/pgha/haproxy-servers %s
                ExecReload=/bin/kill -USR2 $MAINPID
                # Tells keepalived at once whether this host can serve.
                ExecStartPost=/usr/local/libexec/pgha/haproxy-ended 0
                # While HAProxy still serves, so that no client knocks where nobody is.
                ExecStop=/usr/local/libexec/pgha/haproxy-ended 1 %s
                ExecStopPost=/usr/local/libexec/pgha/haproxy-ended 1
                """.formatted(HaproxyConfig.SERVERS, HaproxyConfig.SERVERS, frontend.vipAddress());
    }
}
