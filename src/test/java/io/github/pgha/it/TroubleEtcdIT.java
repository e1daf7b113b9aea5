package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** All of etcd's data is gone, on all of its hosts, while PostgreSQL lives. */
@Order(24)
@Tag("long")
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TroubleEtcdIT {
    private final Shell lab = new Shell();

    @Test
    @Order(1)
    void aRepairMakesEtcdNewByWhatPostgresqlHas() throws IOException, InterruptedException {
        String leader = Trouble.leader();
        String settings = settings(leader);
        try (var writer = Writer.start()) {
            forget();
            // With failsafe mode writes go on without etcd.
            writer.sessionAfter(System.currentTimeMillis());
            assertThat(Trouble.up().ok().said()).contains("etcd has lost all of its data", "raise `repair`");
            Trouble.repaired(44, leader);
            assertThat(Lab.sql("primary", "SELECT id FROM ledger").ok().out().lines().map(Long::valueOf))
                    .containsAll(writer.acknowledged());
        }
        assertThat(settings(leader)).isEqualTo(settings);
    }

    @Test
    @Order(2)
    void alsoOfAPausedClusterWithAMemberThatHasNothing() throws InterruptedException {
        String leader = Trouble.leader();
        Lab.sql("primary", "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id").ok();
        String standby = Trouble.standbys().get(0);
        lab.must(leader, "patronictl pause --wait");
        String settings = settings(leader);
        lab.must(standby, "pkill -KILL -u postgres -f 'postgres -D'; rm -rf /var/lib/postgresql/17/pgha");
        forget();
        assertThat(Trouble.up("pgha-lab:repair=45").failed().said())
                .contains("has no data, and in a paused cluster none is copied: `patronictl resume` first");
        assertThat(settings(leader)).isEqualTo(settings);
        lab.must(leader, "patronictl resume --wait");
        Trouble.repaired(46, leader);
        assertThat(Lab.sql("replica", "SELECT count(*) FROM kept").ok().out().strip()).isEqualTo("1000");
        Lab.sql("primary", "DROP TABLE kept").ok();
    }

    private String settings(String host) {
        return lab.must(host, "patronictl show-config");
    }

    private void forget() {
        List.of("stop etcd; rm -rf /var/lib/etcd/pgha", "start --no-block etcd").forEach(what ->
                Lab.ETCD.forEach(host -> lab.must(host, "systemctl " + what)));
    }
}
