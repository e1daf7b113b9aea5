package io.github.pgha.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ExpectedFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalancerConfigTest {
    private static final Frontend FRONTEND = new Frontend("192.168.125.250/23", "ens18", 33, 5000, 5001, 7000);

    @Test
    void wholeFileOfHaproxy() throws IOException {
        ExpectedFile.assertSame(this, "haproxy.cfg", HaproxyConfig.render("course-etcd1", FRONTEND, List.of(
                new Backend("course-pg1", "192.168.124.248", 200),
                new Backend("course-pg2", "192.168.124.237", 200),
                new Backend("course-pg3", "192.168.124.249", 200))));
    }

    @Test
    void whatIsAddedComesLast() {
        var extra = new HaproxyExtra("listen other\n    bind *:9000\n    server s 10.0.0.1:80\n\n", List.of(9000));
        var with = new Frontend("192.168.125.250/23", "ens18", 33, 5000, 5001, 7000, Pace.DEFAULT, extra);
        List<Backend> backends = List.of(new Backend("course-pg1", "192.168.124.248", 200));
        assertThat(HaproxyConfig.render("course-etcd1", with, backends))
                .isEqualTo(HaproxyConfig.render("course-etcd1", FRONTEND, backends) + """

                        # From here on: haproxyExtra.
                        listen other
                            bind *:9000
                            server s 10.0.0.1:80
                        """);
    }

    @Test
    void moreComeInThanAllServersTake() {
        assertThat(HaproxyConfig.render("b", FRONTEND, List.of(new Backend("a", "10.0.0.1", 400),
                new Backend("c", "10.0.0.2", 700)))).contains("    maxconn 2200\n");
        assertThat(HaproxyConfig.render("b", FRONTEND, List.of(new Backend("a", "10.0.0.1", 999_999_999),
                new Backend("c", "10.0.0.2", 999_999_999)))).contains("    maxconn 200000\n");
    }

    @Test
    void wholeFileOfHaproxysSecrets() throws IOException {
        ExpectedFile.assertSame(this, "secrets.cfg", HaproxySecrets.render("Statistics4"));
    }

    @Test
    void wholeFileOfKeepalived() throws IOException {
        ExpectedFile.assertSame(this, "keepalived.conf",
                KeepalivedConfig.render(FRONTEND, "192.168.125.13", List.of("192.168.125.79"), 250));
    }

    @Test
    void singleBalancerSpeaksToNobody() {
        String pair = KeepalivedConfig.render(FRONTEND, "192.168.125.13", List.of("192.168.125.79"), 250);
        String block = """
                    unicast_src_ip 192.168.125.13
                    unicast_peer {
                        192.168.125.79
                    }
                """;
        assertThat(pair).contains(block);
        assertThat(KeepalivedConfig.render(FRONTEND, "192.168.125.13", List.of(), 250))
                .isEqualTo(pair.replace(block, ""));
    }

    @Test
    void wholeFileOfHaproxysUnit() throws IOException {
        ExpectedFile.assertSame(this, "haproxy-unit.conf", HaproxyUnit.render(FRONTEND));
    }
}
