package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Fencing is turned off on a running cluster, and on again. Before passwords and authorities are made anew, which goes
 * forward only.
 */
@Tag("long")
@Order(25)
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FencingIT {
    private static final String LEFT = """
            ls -d /etc/pgha-fence /etc/systemd/system/pgha-fence.service /usr/local/libexec/pgha/pgha-fence \
              /run/pgha-fence /run/credentials/pgha-fence.service /etc/etcd/pgha/fence-* 2>/dev/null
            systemctl is-active pgha-fence | grep -vx inactive
            """;

    private final Shell lab = new Shell();

    @Test
    @Order(1)
    void turnedOffItLeavesNothingBehindAndTheClusterServes() {
        // Kept by each host itself, to look for it afterwards.
        Lab.ETCD.forEach(host -> lab.must(host, "install -m 0600 /etc/pgha-fence/etcd-password /root/pgha-it-password"));
        up("pgha-lab:fencing=off");
        for (String host : Lab.ETCD) {
            assertThat(lab.on(host, LEFT).text()).as(host).isEmpty();
            assertThat(lab.on(host, "grep -rlF -f /root/pgha-it-password /etc /var /run 2>/dev/null").text())
                    .as("files on %s that hold its password", host).isEmpty();
            lab.must(host, "rm /root/pgha-it-password");
        }
        assertThat(lab.must("course-etcd1", "pgha-etcdctl user list; pgha-etcdctl role list").lines())
                .contains("patroni-1").noneMatch(name -> name.startsWith("fence"));
        serves();
        Lab.changesNothing("-c", "pgha-lab:fencing=off");
    }

    @Test
    @Order(2)
    void turnedOnAgainItLogsIn() {
        up("pgha-lab:fencing=proxmox");
        assertThat(lab.must("course-etcd1", "pgha-etcdctl user list").lines()).contains("fence-1");
        for (String host : Lab.ETCD) {
            assertThat(lab.must(host, "grep -cE '^pgha_fence_(etcd|proxmox)_up.* 1$' /run/pgha-fence/metrics.prom"))
                    .isEqualTo("2");
        }
        long acting = Lab.ETCD.stream().filter(host ->
                lab.on(host, "grep -q '^pgha_fence_acting{.*} 1$' /run/pgha-fence/metrics.prom").ok()).count();
        assertThat(acting).as("instances that act").isEqualTo(1);
        serves();
    }

    private static void up(String setting) {
        Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "-c", setting).ok();
    }

    private static void serves() {
        assertThat(Lab.sql("primary", "SELECT pg_is_in_recovery()").ok().out()).isEqualTo("f\n");
        assertThat(Lab.sql("replica", "SELECT pg_is_in_recovery()").ok().out()).isEqualTo("t\n");
    }
}
