package io.github.pgha.balancer;

import java.math.BigDecimal;
import java.util.List;

/** {@code /etc/keepalived/keepalived.conf} of one balancer. */
final class KeepalivedConfig {
    /** Stands for the interface where that is to be found on the host. No interface can have this name: it is too long. */
    static final String INTERFACE_TO_FIND = "INTERFACE_OF_THE_HOST";

    private KeepalivedConfig() {}

    /**
     * Returns the whole file.
     *
     * @param frontend the virtual address
     * @param self     this balancer's address
     * @param peers    the other balancers' addresses; none for a single balancer
     * @param priority higher takes the address; different on each balancer
     */
    static String render(Frontend frontend, String self, List<String> peers, int priority) {
        String networkInterface =
                frontend.networkInterface().isEmpty() ? INTERFACE_TO_FIND : frontend.networkInterface();
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
                # HAProxy's unit writes 1 when it has ended, however it ended, and 0 when it serves.
                vrrp_track_file haproxy_ended {
                    file /run/pgha-haproxy-ended
                    weight 0
                }

                # One that runs but doesn't answer. A single slow answer on a busy host is no reason to move.
                vrrp_script haproxy_answers {
                    script "/usr/local/libexec/pgha/check-haproxy"
                    interval 1
                    timeout 1
                    fall 3
                    rise 1
                }

                vrrp_instance pgha {
                    state BACKUP
                    interface %s
                    virtual_router_id %s
                    priority %s
                    advert_int %s
                    # Whoever heard nothing for a moment takes the address, announces it, and gives it back: this one stayed the
                    # master all the time, and says once a second, and once each time, that the address is here.
                    garp_master_refresh 1
                    garp_master_refresh_repeat 1
                %s    virtual_ipaddress {
                        %s dev %s
                    }
                    track_file {
                        haproxy_ended
                    }
                    track_script {
                        haproxy_answers
                    }
                }
                """.formatted(networkInterface, frontend.routerId(), priority,
                BigDecimal.valueOf(frontend.pace().advertCentis(), 2),
                unicast(self, peers), frontend.vip(), networkInterface);
    }

    /** Nothing where there is no peer: keepalived would warn of it and send to the whole network all the same. */
    private static String unicast(String self, List<String> peers) {
        if (peers.isEmpty()) {
            return "";
        }
        var text = new StringBuilder("    unicast_src_ip ").append(self).append("\n    unicast_peer {\n");
        peers.forEach(peer -> text.append("        ").append(peer).append('\n'));
        return text.append("    }\n").toString();
    }
}
