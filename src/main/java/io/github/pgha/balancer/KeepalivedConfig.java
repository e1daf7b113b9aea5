package io.github.pgha.balancer;

import java.util.List;

/** {@code /etc/keepalived/keepalived.conf} of one balancer. */
final class KeepalivedConfig {
    private KeepalivedConfig() {}

    /**
     * Returns the whole file.
     *
     * @param frontend the virtual address
     * @param self     this balancer's address
     * @param peers    the other balancers' addresses
     * @param priority higher takes the address; different on each balancer
     */
    static String render(Frontend frontend, String self, List<String> peers, int priority) {
        var peerLines = new StringBuilder();
        peers.forEach(peer -> peerLines.append("        ").append(peer).append('\n'));
        return """
                # Written by pgha: changes made by hand are lost.
                global_defs {
                    enable_script_security
                    script_user keepalived_script
                    # Below a second only version 3 has an exact take-over time. It has no password: peers are named.
                    vrrp_version 3
                }

                # Without a weight a failure puts the instance into FAULT, which gives the address away whatever the
                # priorities are.
                vrrp_script haproxy {
                    script "/usr/local/libexec/pgha/check-haproxy %d"
                    interval 1
                    timeout 1
                    fall 1
                    rise 1
                }

                vrrp_instance pgha {
                    state BACKUP
                    interface %s
                    virtual_router_id %d
                    priority %d
                    advert_int 0.3
                    unicast_src_ip %s
                    unicast_peer {
                %s    }
                    virtual_ipaddress {
                        %s dev %s
                    }
                    track_script {
                        haproxy
                    }
                }
                """.formatted(frontend.statsPort(), frontend.networkInterface(), frontend.routerId(), priority, self,
                peerLines, frontend.vip(), frontend.networkInterface());
    }
}
