package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a trial has let through, no member keeps what it can't live with: it has its former parameters again, with which it
 * takes sessions and can restart. The failures are let loose on a standby's turn, and on members as a killed `up` leaves them.
 */
@Order(6)
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TurnIT {
    private static final String OWN = "/etc/patroni/config.d/15-parameters.yml";

    private String standby;
    private Turn turn;
    private String before;

    @BeforeEach
    void pickAStandby() {
        standby = Lab.POSTGRES.stream().filter(host -> sql(host, "SELECT pg_is_in_recovery()").equals("t")).findFirst()
                .orElseThrow();
        turn = new Turn(standby);
        before = Lab.on(standby, "cat", OWN).ok().out();
    }

    @AfterEach
    void allServe() throws InterruptedException {
        turn.back().ok();
        Lab.await("all members serve", () -> {
            String listed = Lab.on("course-pg1", "patronictl", "list").ok().out();
            return listed.lines().filter(line -> line.contains("| streaming")).count() == 2
                    && listed.lines().filter(line -> line.contains("| Leader") && line.contains("| running")).count() == 1;
        });
        Lab.POSTGRES.forEach(host -> assertThat(sql(host, "SELECT count(*) FROM pg_settings WHERE pending_restart"))
                .as(host).isEqualTo("0"));
    }

    private static String sql(String host, String query) {
        return Lab.on(host, "runuser", "-u", "postgres", "--", "psql", "-XAtqc", query).ok().out().strip();
    }

    private void isAsBefore(String said) {
        assertThat(said).contains("runs with its former ones again");
        assertThat(Lab.on(standby, "cat", OWN).ok().out()).isEqualTo(before);
        assertThat(sql(standby, "SELECT 1")).isEqualTo("1");
    }

    private static String postmaster(String host) {
        return sql(host, "SELECT pg_postmaster_start_time()");
    }

    @Test
    @Order(1)
    void aLibraryThatNoSessionCanLoad() {
        String started = postmaster(standby);
        String said = turn.own("session_preload_libraries=nolib").failed().said();
        // Which of the two depends on whose session comes first: Patroni's, for its reload, or the turn's.
        assertThat(said).containsAnyOf("refuses sessions with its new parameters", "doesn't take in its new parameters")
                .contains("could not access file \"nolib\"");
        isAsBefore(said);
        assertThat(postmaster(standby)).as("a reload takes it back").isEqualTo(started);
    }

    @Test
    @Order(2)
    void whatTlsCannotBeSetUpWith() {
        String said = turn.own("ssl_ciphers=TLS-NO-SUCH-CIPHER").failed().said();
        assertThat(said).contains("doesn't take in its new parameters", "could not set the cipher list");
        isAsBefore(said);
    }

    @Test
    @Order(3)
    void whatItCannotStartWith() {
        String said = turn.own("shared_preload_libraries=nolib").failed().said();
        assertThat(said).contains("doesn't start with its new parameters", "could not access file \"nolib\"");
        isAsBefore(said);
    }

    @Tag("long")
    @Order(4)
    @ParameterizedTest
    @ValueSource(strings = {
        "local_preload_libraries=nolib",
        "ssl_crl_file=/nowhere/crl.pem",
        "ssl_dh_params_file=/nowhere/dh.pem",
        "ssl_max_protocol_version=TLSv1.1",
        "ssl_ecdh_curve=nocurve",
        "timezone=No/Where",
        "post_auth_delay=600",
        "huge_pages=on huge_page_size=1GB",
        "unix_socket_permissions=0",
        "unix_socket_group=nogroupatall",
        "logging_collector=on log_directory=/nowhere",
        "logging_collector=on ssl_ciphers=TLS-NO-SUCH-CIPHER"})
    void whateverFails(String pairs) {
        String said = turn.own(pairs.split(" ")).failed().said();
        isAsBefore(said);
        restarts(standby);
    }

    private static void restarts(String host) {
        String started = postmaster(host);
        Lab.on(host, "patronictl", "restart", "pgha", host, "--force").ok();
        assertThat(postmaster(host)).isGreaterThan(started);
    }

    @Tag("long")
    @Order(5)
    @ParameterizedTest
    @ValueSource(strings = {"max_connections=262140", "max_locks_per_transaction=100000000"})
    void whatAllShareIsGivenBackToo(String pair) {
        String shared = Lab.on(standby, "patronictl", "show-config").ok().out();
        String said = turn.shared(pair).failed().said();
        assertThat(said).contains("runs with its former ones again, as all members do");
        assertThat(Lab.on(standby, "patronictl", "show-config").ok().out()).isEqualTo(shared);
        isAsBefore(said.replace(", as all members do", ""));
        restarts(standby);
    }

    /** As versions before this one left members, and as a killed `up` may: the bad file is in place, and an `up` mends it. */
    @Tag("long")
    @Order(6)
    @ParameterizedTest
    @ValueSource(strings = {"standby", "leader", "all"})
    void takingItOutMends(String where) {
        String leader = Lab.POSTGRES.stream().filter(host -> sql(host, "SELECT pg_is_in_recovery()").equals("f")).findFirst()
                .orElseThrow();
        var hosts = switch (where) {
            case "standby" -> Arrays.asList(standby);
            case "leader" -> Arrays.asList(leader);
            default -> Lab.POSTGRES;
        };
        hosts.forEach(host -> Lab.script(host, """
                set -e
                printf "    session_preload_libraries: nolib\\n    pgha.parameters: bad\\n" >/run/bad
                sed -i -e '/pgha.parameters/d' -e '/^  parameters:/r /run/bad' %s
                systemctl reload patroni
                until runuser -u postgres -- psql -XAtqc 'SELECT 1' 2>&1 | grep -q nolib; do sleep 0.2; done
                """.formatted(OWN)).ok());
        Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive", "--config-path", "--config",
                "pgha-lab:postgresParameters.work_mem=" + (5 + where.length()) + "MB").ok();
        hosts.forEach(host -> assertThat(sql(host, "SHOW session_preload_libraries")).isEmpty());
        Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive").ok();
    }
}
