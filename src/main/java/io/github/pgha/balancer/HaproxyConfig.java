package io.github.pgha.balancer;

import java.util.List;

/** {@code /etc/haproxy/haproxy.cfg}: the same on every balancer but for its name. */
final class HaproxyConfig {
    /** What HAProxy takes at least, in all. */
    private static final int LEAST_CONNECTIONS = 2000;
    /** Each takes two of the files that systemd lets a service open, 524288. */
    private static final int MOST_CONNECTIONS = 200_000;
    /** For each session that PostgreSQL takes, those that HAProxy leads to it: so many PostgreSQL itself turns down. */
    private static final int PER_SESSION = 2;

    /** Folder of certificates, the key of the statistics page, and files that are still to be judged. */
    static final String TLS = "/etc/haproxy/pgha";

    /** What the process before a reload knew of its servers; written by {@code haproxy-servers}. */
    static final String SERVERS = "/run/pgha-haproxy-servers";

    private HaproxyConfig() {}

    /** Returns the whole file. The statistics page's user is in a file of its own, see {@link HaproxySecrets}. */
    static String render(String balancer, Frontend frontend, List<Backend> backends) {
        return String.join("\n",
                global(backends), defaults(),
                pool("primary", frontend.primaryPort(), "primary", frontend.pace(), backends),
                pool("standbys", frontend.replicaPort(), "replica", frontend.pace(), backends),
                statistics(balancer, frontend.statsPort()) + extra(frontend.extra()));
    }

    private static String extra(HaproxyExtra extra) {
        return extra.text().isBlank() ? "" : "\n# From here on: haproxyExtra.\n" + extra.text().stripTrailing() + "\n";
    }

    /**
     * No server has a limit: a client that HAProxy lets wait, and turns down after a while, learns no reason, whereas
     * PostgreSQL says at once that it has too many (SQLSTATE 53300). So HAProxy takes more than all servers do together.
     */
    private static String global(List<Backend> backends) {
        long sessions = backends.stream().mapToLong(Backend::connections).sum();
        return """
                # Written by pgha: changes made by hand are lost.
                global
                    log /dev/log local0
                    chroot /var/lib/haproxy
                    user haproxy
                    group haproxy
                    stats socket /run/haproxy/admin.sock mode 600 level admin
                    server-state-file %s
                    maxconn %s
                    # No hard-stop-after: sessions from before a reload go on for as long as they like, since most reloads (a
                    # member more, a certificate) are none of their business.
                """.formatted(SERVERS,
                        Math.min(MOST_CONNECTIONS, Math.max(LEAST_CONNECTIONS, PER_SESSION * sessions)));
    }

    private static String defaults() {
        return """
                defaults
                    log global
                    mode tcp
                    option tcplog
                    option dontlognull
                    load-server-state-from-file global
                    timeout connect 4s
                    timeout check 4s
                    # A refused connection goes to another server at once, if there is one. Where there is none, the client
                    # is told so: it knows better than we do whether to come again.
                    retries 1
                    option redispatch 1
                    # An idle database session is a normal one.
                    timeout client 24h
                    timeout server 24h
                    # A client that is gone without a word, or whose way here is gone with the address, is noticed within 20 s:
                    # its session would keep its locks for a day. If data are on their way to it, the kernel gives up first, see
                    # the service's drop-in pgha.conf.
                    option clitcpka
                    clitcpka-idle 8s
                    clitcpka-intvl 4s
                    clitcpka-cnt 3
                    option srvtcpka
                    srvtcpka-idle 8s
                    srvtcpka-intvl 4s
                    srvtcpka-cnt 3
                """;
    }

    private static String pool(String name, int port, String role, Pace pace, List<Backend> backends) {
        var text = new StringBuilder("""
                listen %s
                    bind *:%s
                    balance roundrobin
                    # Patroni answers 200 only where the member has the role.
                    option httpchk OPTIONS /%s
                    http-check expect status 200
                    default-server inter %sms fastinter %sms downinter %sms fall %s rise %s
                    default-server on-marked-down shutdown-sessions
                    # Only the checks: clients' TLS goes through to PostgreSQL as it is.
                    default-server check port 8008 check-ssl verify required ca-file %s/ca.pem
                """.formatted(name, port, role, pace.intervalMs(), pace.transitionIntervalMs(), pace.downIntervalMs(),
                pace.fall(), pace.rise(), TLS));
        for (Backend backend : backends) {
            text.append("    server %s %s:5432 verifyhost %s\n"
                    .formatted(backend.name(), backend.address(), backend.name()));
        }
        return text.toString();
    }

    private static String statistics(String balancer, int port) {
        return """
                frontend statistics
                    bind *:%s ssl crt %s/statistics.pem ssl-min-ver TLSv1.2
                    mode http
                    option httplog
                    timeout client 30s
                    # Tells which balancer answers at an address: how one sees who holds the VIP.
                    http-request return status 200 content-type text/plain string "%s" if { path /balancer }
                    http-request auth realm pgha unless { http_auth(statistics_users) }
                    stats enable
                    stats uri /

                # For keepalived's checks on this host. Whoever is on it may ask: all it tells is that HAProxy answers, and
                # whether it knows who leads: one that has just started takes every server for a primary.
                frontend check
                    bind unix@/run/haproxy-check.sock mode 666
                    mode http
                    option dontlog-normal
                    timeout client 5s
                    http-request return status 503 if { path /settled } { nbsrv(primary) gt 1 }
                    http-request return status 200 content-type text/plain string "%s"
                """.formatted(port, TLS, balancer, balancer);
    }
}
