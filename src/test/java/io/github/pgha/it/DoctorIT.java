package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** What somebody changes by hand is found, and put back by an `up` with another {@code repair}. */
@Order(7)
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DoctorIT {
    private final Shell lab = new Shell();

    @Test
    @Order(1)
    void nothingIsFoundOnAHealthyCluster() {
        assertThat(Lab.make("doctor").ok().out()).endsWith("\nnothing found\n").contains("course-pg3\n");
    }

    @Test
    @Order(2)
    void theStatusPageShowsThePartsAndNoSecret() {
        String page = Lab.make("status").ok().out();
        assertThat(page).containsPattern("course-pg\\d +leader +running +\\d+ +-")
                .containsPattern("course-pg\\d +quorum_standby +streaming +\\d+ +\\d+\n")
                .containsPattern("Virtual address +192\\.168\\.125\\.250 is held by course-etcd[12]\n")
                .containsPattern("HAProxy on course-etcd2\n  primary +course-pg1 (up|down), course-pg2 (up|down), ")
                .containsOnlyOnce("healthy, leads").doesNotContain("not healthy", "unknown")
                .containsPattern("course-pg3 +20\\d\\d-\\d\\d-\\d\\d, in \\d+ days\n")
                .containsOnlyOnce(" acts\n").contains("Doctor: nothing found\n");
        for (String output : new String[] {"statsPassword", "primaryUri", "adminPrivateKey"}) {
            String secret = lab.output(output).replaceAll("(?s).*app:([^@]*)@.*", "$1");
            assertThat(page).doesNotContain(secret.lines().skip(secret.lines().count() / 2).findFirst().orElseThrow());
        }
    }

    @Test
    @Order(3)
    void aPauseIsTheOperatorsWish() {
        lab.must("course-pg1", "patronictl pause --wait");
        try {
            Shell.Answer answer = lab.on("course-pg2", "pgha-doctor");
            assertThat(answer.status()).isEqualTo(1);
            assertThat(answer.text()).contains("patroni: the cluster is paused, so nothing fails over");
        } finally {
            lab.must("course-pg1", "patronictl resume --wait");
        }
    }

    @Test
    @Order(4)
    void whatIsChangedByHandIsNamed() {
        lab.must("course-etcd1", "sed -i 's/maxconn 2000/maxconn 1999/' /etc/haproxy/haproxy.cfg");
        lab.must("course-etcd1", """
                python3 -c 'import socket
                s = socket.socket(socket.AF_UNIX)
                s.connect("/run/haproxy/admin.sock")
                s.sendall(b"set server standbys/course-pg1 state maint\\n")
                print(s.recv(100))'""");
        lab.must("course-etcd2", "systemctl mask --now keepalived");
        lab.must("course-etcd3", "nft add rule inet pgha input tcp dport 9999 accept; systemctl disable --now etcd");
        lab.must("course-pg1", "cd /etc/patroni/tls && chmod 0644 rest-client.key && chown root: rest-client.key");
        lab.must("course-pg1", "patronictl edit-config --force -s ttl=40 -p work_mem=8MB");
        lab.must("course-pg2", "apt-get -qq remove iputils-arping && rm /etc/patroni/shared.json");
        lab.must("course-pg3", "rm /usr/bin/patronictl && systemctl disable patroni");
        changeRoles();

        String found = Lab.make("doctor").failed().said();
        assertThat(found.lines().map(String::strip)).contains(
                "patroni: Patroni's setting ttl is 40, not 20",
                "patroni: Patroni's setting postgresql.parameters.work_mem was added",
                "files: /etc/haproxy/haproxy.cfg was changed",
                "haproxy: HAProxy's server course-pg1 of 'standbys' was taken out by hand: it is MAINT",
                "services: keepalived can't run: its unit is masked",
                "packet filter: the loaded rules aren't those of /etc/pgha/firewall.nft: has 'tcp dport 9999 accept'",
                "services: etcd doesn't run: it is inactive (dead)",
                "services: etcd won't start at the next boot: it is disabled",
                "files: /etc/patroni/tls/rest-client.key belongs to root:root, not to postgres:postgres",
                "files: /etc/patroni/tls/rest-client.key has the mode 0644, not 0600",
                "packages: iputils-arping isn't installed",
                "files: /etc/patroni/shared.json is missing",
                "packages: patroni: /usr/bin/patronictl is missing",
                "services: patroni won't start at the next boot: it is disabled",
                "roles: the role app has another password than the stack's",
                "roles: the role app logs in until 2020-01-01T00:00:00+00:00 only",
                "roles: the role replicator may have 0 connections only",
                "roles: the role replicator is a member of pg_monitor, which it must not be",
                "roles: the role rewinder lacks LOGIN",
                "roles: the role rewinder has CREATEROLE, which it must not have",
                "roles: the role rewinder has settings of its own, which it must not have: default_transaction_read_only",
                "roles: the role rewinder lacks CONNECT on the database postgres",
                "roles: the role rewinder lacks USAGE on pg_catalog, EXECUTE on pg_read_binary_file(text)",
                "roles: the role app lacks CONNECT on the database app");
        assertThat(Lab.make("status").ok().out()).contains("course-etcd3   doesn't run", "course-pg1 maint");
    }

    /** As people and their scripts do, who don't know what the roles are for. */
    private void changeRoles() {
        String primary = Lab.POSTGRES.stream()
                .filter(host -> lab.must(host, "runuser -u postgres -- psql -XAtqc 'SELECT pg_is_in_recovery()'").equals("f"))
                .findFirst().orElseThrow();
        lab.must(primary, """
                runuser -u postgres -- psql -Xq -v ON_ERROR_STOP=1 <<'END'
                ALTER ROLE app PASSWORD 'x' VALID UNTIL '2020-01-01 00:00+00';
                ALTER ROLE replicator CONNECTION LIMIT 0;
                GRANT pg_monitor TO replicator;
                ALTER ROLE rewinder NOLOGIN CREATEROLE;
                ALTER ROLE rewinder SET default_transaction_read_only = on;
                REVOKE CONNECT ON DATABASE postgres FROM PUBLIC, rewinder;
                REVOKE USAGE ON SCHEMA pg_catalog FROM rewinder;
                REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) FROM rewinder;
                REVOKE ALL ON DATABASE app FROM PUBLIC, app;
                END""");
    }

    @Test
    @Order(5)
    void aRepairPutsItBack() {
        Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "-c", "pgha-lab:repair=1").ok();
        assertThat(Lab.make("doctor").ok().out()).endsWith("\nnothing found\n");
        assertThat(Lab.sql("primary", "SHOW work_mem").ok().out()).isEqualTo("4MB\n");
        lab.must("course-pg2", "command -v arping");
        Lab.changesNothing("-c", "pgha-lab:repair=1");
    }
}
