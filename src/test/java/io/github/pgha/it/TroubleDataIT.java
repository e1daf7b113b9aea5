package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Data and files of one host that are gone, or not what its services can go on with. */
@Order(24)
@Tag("long")
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TroubleDataIT {
    private static final String DATA = "/var/lib/postgresql/17/pgha";

    private final Shell lab = new Shell();

    @Test
    @Order(1)
    void aRepairBringsBackWhatIsGone() throws InterruptedException {
        List<String> standbys = Trouble.standbys();
        loseWal(standbys.get(0));
        lab.must(standbys.get(1), "systemctl stop patroni; rm %s/global/pg_control; systemctl start patroni".formatted(DATA));
        lab.must("course-etcd3", "systemctl stop etcd; rm -rf /var/lib/etcd; systemctl start --no-block etcd");
        lab.on("course-etcd2", "rm -rf /etc/haproxy /etc/keepalived /var/lib/haproxy /usr/local/libexec/pgha; "
                + "systemctl restart haproxy keepalived");
        Lab.await("the standby asks in vain", () -> doctor(standbys.get(0)).contains("has already been removed"));
        assertThat(doctor(standbys.get(0)))
                .containsPattern("it can't go on with its data: requested WAL segment \\w+ has already been removed");
        assertThat(doctor(standbys.get(1))).contains("it can't go on with its data: " + DATA + "/global/pg_control is missing");
        assertThat(doctor("course-etcd3")).contains("files: /var/lib/etcd is missing", "member/wal is missing");
        // /var/lib/haproxy may be there again: systemd makes it when HAProxy starts.
        assertThat(doctor("course-etcd2")).contains("files: /etc/haproxy/haproxy.cfg is missing",
                "packages: keepalived: /etc/keepalived/keepalived.config-opts is missing");
        repaired(41);
    }

    @Test
    @Order(2)
    void aRepairReplacesWhatIsAnotherClusters() throws InterruptedException {
        String standby = Trouble.standbys().get(0);
        lab.must(standby, """
                systemctl stop patroni
                cd / && rm -rf %1$s && runuser -u postgres -- /usr/lib/postgresql/17/bin/initdb -D %1$s -A peer >/dev/null
                systemctl start patroni""".formatted(DATA));
        lab.must("course-etcd1", "systemctl stop etcd; rm -rf /var/lib/etcd/pgha/member/wal; systemctl start --no-block etcd");
        Lab.await("Patroni says so", () -> doctor(standby).contains("belongs to a different cluster"));
        Lab.await("etcd says so", () -> doctor("course-etcd1").contains("it can't go on with its data"));
        repaired(42);
    }

    /** Nobody's fault but of what else writes into it, or of a loop that changes Patroni's settings. */
    @Test
    @Order(3)
    void aRepairMakesRoomInAnEtcdThatIsFull() {
        // 16 MB instead of 2 GB, which take long to fill.
        String quota = "/run/systemd/system/etcd.service.d/zz-quota.conf";
        for (String host : Lab.ETCD) {
            lab.must(host, """
                    echo ETCD_QUOTA_BACKEND_BYTES=16777216 >/run/quota
                    mkdir -p $(dirname %1$s); printf '[Service]\nEnvironmentFile=/run/quota\n' >%1$s
                    systemctl daemon-reload; systemctl restart etcd""".formatted(quota));
        }
        lab.must("course-etcd2", """
                much=$(head -c 120000 /dev/zero | tr '\\0' x)
                for i in $(seq 300); do
                  said=$(pgha-etcdctl put filler "$much" 2>&1) || { [[ $said = *"database space exceeded"* ]]; exit; }
                done
                exit 1""");
        assertThat(doctor("course-etcd3")).contains("its data has reached its quota").contains("A `repair` makes room");
        repaired(43);
        lab.must("course-etcd2", "pgha-etcdctl del filler");
        for (String host : Lab.ETCD) {
            lab.must(host, "rm %s; systemctl daemon-reload; systemctl restart etcd".formatted(quota));
        }
    }

    private String doctor(String host) {
        return lab.on(host, "pgha-doctor").text();
    }

    private static void repaired(int number) {
        Trouble.repaired(number, Trouble.leader());
    }

    /** As a standby that was away for too long. */
    private void loseWal(String standby) {
        lab.must(standby, "systemctl stop patroni");
        // More than wal_keep_size, which Patroni sets to 128 MB.
        Trouble.sql("""
                ALTER SYSTEM SET max_slot_wal_keep_size = '1MB';
                SELECT pg_reload_conf(), pg_sleep(1);
                SELECT count(pg_logical_emit_message(false, 'x', repeat('y', 1000000))) FROM generate_series(1, 220);
                SELECT pg_switch_wal();
                CHECKPOINT;
                SELECT pg_logical_emit_message(false, 'x', 'y'), pg_switch_wal();
                CHECKPOINT;
                ALTER SYSTEM RESET max_slot_wal_keep_size;
                SELECT pg_reload_conf();
                """);
        lab.must(standby, "systemctl start patroni");
    }
}
