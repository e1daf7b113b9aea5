package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Roles that people and their scripts change, beside a database whose owner is hostile. */
@Order(23)
@Tag("long")
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TroubleRolesIT {
    @BeforeAll
    static void theOwnerSettlesIn() {
        HostileOwner.settleIn();
    }

    @AfterEach
    void theOwnerGotNothing() {
        HostileOwner.gotNothing();
    }

    @AfterAll
    static void theOwnerLeaves() {
        HostileOwner.leave();
    }

    @Test
    @Order(1)
    void aFormerLeaderRejoinsThoughAScriptTookAllFromPublic() throws InterruptedException {
        Trouble.sql("""
                REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog FROM PUBLIC;
                REVOKE ALL ON ALL TABLES IN SCHEMA pg_catalog FROM PUBLIC;
                REVOKE ALL ON SCHEMA pg_catalog FROM PUBLIC;
                REVOKE ALL ON DATABASE postgres, app FROM PUBLIC;
                REVOKE ALL ON LANGUAGE sql, plpgsql FROM PUBLIC;
                """);
        assertThat(Lab.make("doctor").ok().out()).endsWith("\nnothing found\n");
        String former = Trouble.leader();
        String since = Trouble.divergeFrom(former);
        Lab.await(former + " streams", () -> Trouble.streams(former));
        assertThat(Lab.script(former, "journalctl -q -u patroni -o cat --since @" + since).ok().out())
                .contains("pg_rewind: Done!");
        assertThat(Lab.sql("primary", "SHOW in_hot_standby").ok().out()).isEqualTo("off\n");
    }

    @Test
    @Order(2)
    void anUpSaysThatTheApplicationsPasswordIsAnother() {
        // Another `repair` than the last one would mend it.
        Trouble.up().ok();
        Trouble.sql("ALTER ROLE app PASSWORD 'x'");
        assertThat(Lab.make("doctor").failed().said()).contains("roles: the role app has another password than the stack's");
        // It changes the balancers only, so no member's script mends anything.
        String extra = "pgha-lab:haproxyExtra=listen quiet\n  bind 127.0.0.1:9911\n  mode tcp\n";
        assertThat(Trouble.up(extra).failed().said())
                .contains("the role app has another password than the stack's: raise the stack's configuration key `repair`");
        Trouble.up("pgha-lab:haproxyExtra=", "pgha-lab:repair=31").ok();
        assertThat(Lab.sql("primary", "SELECT current_user").ok().out()).isEqualTo("app\n");
    }

    @Test
    @Order(3)
    void aRepairLetsAFormerLeaderRejoinThatWasRefused() throws InterruptedException {
        Trouble.sql("""
                REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) FROM rewinder;
                REVOKE CONNECT ON DATABASE postgres FROM rewinder;
                """);
        String former = Trouble.leader();
        Trouble.divergeFrom(former);
        assertThat(Lab.make("doctor").failed().said())
                .contains("roles: the role rewinder lacks CONNECT on the database postgres",
                        "roles: the role rewinder lacks EXECUTE on pg_read_binary_file(text,bigint,bigint,boolean)",
                        former + " (replica) is ");
        Trouble.up("pgha-lab:repair=32").ok();
        assertThat(Trouble.streams(former)).isTrue();
        assertThat(Lab.make("doctor").ok().out()).endsWith("\nnothing found\n");
    }
}
