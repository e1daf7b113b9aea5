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
                # Data that nobody acknowledges end their connection after 26 s; the kernel's own 15 tries take a quarter of
                # an hour. Keepalive says nothing as long as there are such data, and a process that a reload has left behind
                # checks no server. HAProxy's tcp-ut would end the session of a client that is there and reads slowly, too.
                ExecStartPre=-+/bin/sh -c 'echo 6 >/proc/sys/net/ipv4/tcp_retries2'
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
