package io.github.pgha.it;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** The way to a second stack that docs/operations.md describes under 'Another major version of PostgreSQL'. */
@Tag("long")
@Order(26)
@ExtendWith(Lab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MigrationIT {
    /** A server that stands for the new stack's leader. It goes with its folder. */
    private static final String NEW = "runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -h /var/tmp/new -p 6543 app";

    private final Shell lab = new Shell();

    @Test
    void whatIsWrittenFollowsThroughASwitchover() throws InterruptedException {
        StackFile.read().set("postgresParameters", Map.of("wal_level", "logical"))
                .set("patroniExtra", Map.of("dynamic", Map.of("slots", Map.of("move",
                        Map.of("type", "logical", "database", "app", "plugin", "pgoutput"))))).write();
        Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview").ok();
        Lab.sql("primary", "CREATE TABLE moved (id int PRIMARY KEY)").ok();
        String leader = Trouble.leader();
        lab.must(leader, """
                runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 app <<'END'
                CREATE ROLE mover LOGIN REPLICATION PASSWORD 'only here';
                GRANT pg_read_all_data TO mover;
                CREATE PUBLICATION move FOR ALL TABLES;
                END""");
        Lab.sql("primary", "INSERT INTO moved VALUES (1)").ok();
        String host = Trouble.standbys().get(0);
        lab.must(host, """
                cp /etc/patroni/tls/ca.pem /etc/old-ca.pem && chmod 0644 /etc/old-ca.pem
                install -d -o postgres /var/tmp/new
                bin=/usr/lib/postgresql/17/bin
                runuser -u postgres -- $bin/initdb -D /var/tmp/new/data -A peer >/dev/null
                runuser -u postgres -- $bin/pg_ctl -s -w -D /var/tmp/new/data -l /var/tmp/new/log \
                  -o "-p 6543 -k /var/tmp/new -c listen_addresses=" start
                runuser -u postgres -- createdb -h /var/tmp/new -p 6543 app""");
        onNew(host, """
                CREATE TABLE moved (id int PRIMARY KEY);
                CREATE SUBSCRIPTION move CONNECTION 'host=192.168.125.250 port=5000 dbname=app user=mover password=''only here'' \
                sslmode=verify-full sslrootcert=/etc/old-ca.pem' PUBLICATION move
                WITH (create_slot = false, slot_name = 'move');""");
        Lab.await("the first row has come", () -> onNew(host, "SELECT count(*) FROM moved").equals("1"));
        String other = Trouble.standbys().stream().filter(name -> !name.equals(host)).findFirst().orElseThrow();
        Lab.await("the slot is on " + other, () -> lab.must(other, "runuser -u postgres -- psql -XAtc "
                + "\"SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'move'\"").equals("1"));
        lab.must(host, "patronictl switchover --leader " + leader + " --candidate " + other + " --force");
        Lab.await(other + " leads", () -> Trouble.leader().equals(other));
        Lab.sql("primary", "INSERT INTO moved VALUES (2)").ok();
        Lab.await("the second row has come", () -> onNew(host, "SELECT count(*) FROM moved").equals("2"));
        onNew(host, "DROP SUBSCRIPTION move");
        Lab.sql("primary", "DROP TABLE moved").ok();
    }

    private String onNew(String host, String statements) {
        return lab.must(host, NEW + " <<'END'\n" + statements + "\nEND");
    }

    @AfterAll
    void takeAway() {
        for (String host : Lab.POSTGRES) {
            lab.must(host, """
                    [ ! -d /var/tmp/new ] || {
                      runuser -u postgres -- /usr/lib/postgresql/17/bin/pg_ctl -s -m immediate -D /var/tmp/new/data stop
                      rm -rf /var/tmp/new /etc/old-ca.pem
                    }""");
        }
        StackFile.reset();
        Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview").ok();
        Trouble.sql("DROP ROLE IF EXISTS mover");
        lab.must(Trouble.leader(), "runuser -u postgres -- psql -Xq app -c 'DROP PUBLICATION IF EXISTS move'");
    }
}
