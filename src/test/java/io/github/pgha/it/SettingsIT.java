package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Changed settings come to one member after the other, while a client writes. Each test goes on from the last one. */
@Order(5)
class SettingsIT extends WhileAClientWrites {
    /** A planned switchover takes a second or two; this is for a machine that does much else. */
    private static final long LONGEST_GAP_MS = 20_000;
    private static final String PARAMETERS = "pgha-lab:postgresParameters.";
    private static final String DYNAMIC = "pgha-lab:patroniExtra.dynamic.";

    SettingsIT() {
        super(LONGEST_GAP_MS);
    }

    @AfterEach
    void allServeAndNothingWaits() {
        String listed = Lab.on("course-pg1", "patronictl", "list").ok().out();
        assertThat(listed.lines().filter(line -> line.contains("| Leader") && line.contains("| running"))).hasSize(1);
        assertThat(listed.lines().filter(line -> line.contains("| streaming"))).hasSize(2);
        assertThat(listed).doesNotContain("Pending restart");
    }

    /** What isn't named has its default. */
    private Run up(String... values) {
        return up(Stream.of(values));
    }

    private static Map<String, String> all(String query) {
        var answers = new TreeMap<String, String>();
        Lab.POSTGRES.forEach(host -> answers.put(host,
                Lab.on(host, "runuser", "-u", "postgres", "--", "psql", "-XAtqc", query).ok().out().strip()));
        return answers;
    }

    private static String leader() {
        return all("SELECT pg_is_in_recovery()").entrySet().stream().filter(answer -> answer.getValue().equals("f"))
                .map(Map.Entry::getKey).collect(Collectors.joining(" "));
    }

    @Test
    @Order(0)
    void everyParameterOfTheServerIsKnownToThePreview() throws IOException {
        begin();
        String given = all("SELECT lower(name) || ' ' || vartype FROM pg_settings WHERE context <> 'internal' AND name !~ '[.]'")
                .get("course-pg1");
        try (var known = getClass().getResourceAsStream("/io/github/pgha/patroni/parameters-17.txt")) {
            assertThat(given.lines()).containsExactlyInAnyOrderElementsOf(
                    new String(known.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
        }
    }

    @Test
    @Order(1)
    void whatNeedsNoRestartIsReadByTheRunningServers() throws IOException, InterruptedException {
        var before = all("SELECT pg_postmaster_start_time()");
        String haproxy = "systemctl show --value -p ActiveEnterTimestampMonotonic haproxy";
        String started = Lab.on("course-etcd1", "sh", "-c", haproxy).ok().out();
        Lab.on("course-pg1", "patronictl", "edit-config", "--quiet", "--force", "-s", "max_timelines_history=9").ok();
        Trouble.sql("""
                \\connect app
                CREATE ROLE readers;
                GRANT readers TO app;
                CREATE TABLE others (id int);
                GRANT SELECT (id) ON others TO app;
                ALTER ROLE app IN DATABASE app SET my.note = 'it''s, a "list"'
                """);
        up(PARAMETERS + "work_mem=16MB", "pgha-lab:timing=normal", "pgha-lab:clientNetworks[0]=192.168.124.0/23",
                "pgha-lab:clientNetworks[1]=192.168.126.0/24", "pgha-lab:appUser=shop", DYNAMIC + "primary_stop_timeout=60",
                DYNAMIC + "slots.shop.type=physical", "pgha-lab:patroniExtra.local.tags.clonefrom=true",
                "pgha-lab:certificateNames[0]=other.pgha.test").ok();
        Lab.POSTGRES.forEach(host -> assertThat(shownNames(host)).contains("DNS:" + host, "DNS:other.pgha.test")
                .doesNotContain("db.pgha.test"));
        assertThat(all("SHOW work_mem").values()).containsOnly("16MB");
        assertThat(all("SELECT count(*) FROM pg_hba_file_rules WHERE address = '192.168.126.0'").values())
                .containsOnly("1");
        assertThat(shared()).contains("loop_wait: 5", "primary_stop_timeout: 60", "shop:", "max_timelines_history: 9");
        assertThat(members().map(member -> String.valueOf(member.get("Tags")))).containsOnly("{\"clonefrom\":true}");
        assertThat(all("SELECT pg_postmaster_start_time()")).isEqualTo(before);
        assertThat(Lab.on("course-etcd1", "cat", "/etc/haproxy/haproxy.cfg").ok().out()).contains("inter 1000ms");
        assertThat(Lab.on("course-etcd1", "sh", "-c", haproxy).ok().out()).isEqualTo(started);
        // The former owner writes on. On a busy machine a check may time out and end its session, so only what a reload
        // itself does to it is asked for.
        int session = writer().sessionAfter(System.currentTimeMillis());
        // One that has just been reloaded knows who leads before it has asked.
        List.of("course-etcd1", "course-etcd2").forEach(host -> Lab.on(host, "sh", "-c", "systemctl reload haproxy && "
                + "curl -fsS --unix-socket /run/haproxy-check.sock http://localhost/settled").ok());
        assertThat(writer().sessionAfter(System.currentTimeMillis() + 2000)).isEqualTo(session);
        // The new owner has the tables of the former one.
        Lab.sql("primary", "ALTER TABLE ledger ADD note text").ok();
        // And what others gave him.
        assertThat(Lab.sql("primary", """
                SELECT format('%s %s %s %s', current_user, (SELECT count(id) FROM others), pg_has_role('readers', 'MEMBER'),
                  current_setting('my.note'))""").ok().out()).isEqualTo("shop 0 t it's, a \"list\"\n");
    }

    @Test
    @Order(2)
    void whatNeedsARestartHasOneMemberAfterTheOther() throws IOException {
        String former = leader();
        int timeline = timeline();
        var before = all("SELECT pg_postmaster_start_time()");
        // As a new version of what Patroni is started with.
        Lab.POSTGRES.forEach(host -> Lab.on(host, "sh", "-c", "echo '# changed' >>/usr/local/libexec/pgha/patroni").ok());
        var patroni = service("MainPID");
        up(PARAMETERS + "shared_buffers=384MB", PARAMETERS + "max_connections=220").ok();

        assertThat(all("SHOW shared_buffers").values()).containsOnly("384MB");
        assertThat(all("SHOW max_connections").values()).containsOnly("220");
        assertThat(all("SHOW work_mem").values()).containsOnly("4MB");
        assertThat(shared()).doesNotContain("primary_stop_timeout", "shop:", "pgha_extra")
                .as("nobody's but of whoever set it").contains("max_timelines_history: 9");
        assertThat(members().map(member -> member.get("Tags"))).containsOnlyNulls();
        assertThat(service("MainPID")).doesNotContainValue("0").allSatisfy(
                (host, process) -> assertThat(process).isNotEqualTo(patroni.get(host)));
        assertThat(leader()).isNotEqualTo(former);
        assertThat(timeline()).as("one switchover").isEqualTo(timeline + 1);
        var started = all("SELECT pg_postmaster_start_time()");
        assertThat(started).allSatisfy((host, at) -> assertThat(at).isGreaterThan(before.get(host)));
        Lab.POSTGRES.stream().filter(host -> !host.equals(former))
                .forEach(host -> assertThat(started.get(host)).isLessThan(started.get(former)));
    }

    /** Of the certificate that a new session is shown. */
    private static String shownNames(String host) {
        return Lab.on(host, "sh", "-c", "openssl s_client -starttls postgres -connect localhost:5432 </dev/null 2>/dev/null "
                + "| openssl x509 -noout -ext subjectAltName").ok().out();
    }

    private static String shared() {
        return Lab.on("course-pg1", "patronictl", "show-config").ok().out();
    }

    private static int timeline() {
        return members().findFirst().orElseThrow().get("TL").getAsInt();
    }

    private static Map<String, String> service(String property) {
        var answers = new TreeMap<String, String>();
        Lab.POSTGRES.forEach(host -> answers.put(host,
                Lab.on(host, "systemctl", "show", "--value", "-p", property, "patroni").ok().out().strip()));
        return answers;
    }

    @Test
    @Order(3)
    void whatPostgresqlRefusesReachesNoMember() {
        var before = all("SELECT pg_postmaster_start_time()");
        String said = up(PARAMETERS + "work_mem=abc", PARAMETERS + "shared_buffers=384MB",
                PARAMETERS + "max_connections=220").failed().said();
        assertThat(said).contains("PostgreSQL refuses its parameters, and no member has them: "
                + "invalid value for parameter \"work_mem\": \"abc\"");
        assertThat(all("SELECT count(*) FROM pg_file_settings WHERE setting = 'abc'").values()).containsOnly("0");
        Lab.POSTGRES.forEach(host -> Lab.on(host, "grep", "-rq", "abc", "/etc/patroni/config.d").failed());
        assertThat(all("SELECT pg_postmaster_start_time()")).isEqualTo(before);
    }

    @Test
    @Order(4)
    void whatNoServerStartsWithReachesNoMember() {
        String former = leader();
        var before = all("SELECT pg_postmaster_start_time()");
        String said = up(PARAMETERS + "shared_preload_libraries=nolib", PARAMETERS + "shared_buffers=384MB",
                PARAMETERS + "max_connections=220").failed().said();
        assertThat(said).contains("PostgreSQL refuses its parameters, and no member has them: it doesn't start: "
                + "could not access file \"nolib\"");
        assertThat(leader()).isEqualTo(former);
        assertThat(all("SELECT pg_postmaster_start_time()")).isEqualTo(before);
        Lab.POSTGRES.forEach(host -> Lab.on(host, "grep", "-rq", "nolib", "/etc/patroni/config.d").failed());
    }

    @Test
    @Order(5)
    void whatIsTakenOutHasItsDefaultAgain() {
        up().ok();
        assertThat(all("SHOW shared_buffers").values()).containsOnly("512MB");
        // Less of it: the primary first.
        assertThat(all("SHOW max_connections").values()).containsOnly("200");
        assertThat(all("SHOW shared_preload_libraries").values()).containsOnly("");
        Lab.changesNothing();
    }

    /** What the balancers run with, which HAProxy and keepalived would start with again. */
    private static Map<String, String> balancers() {
        var files = new TreeMap<String, String>();
        Lab.ETCD.subList(0, 2).forEach(host -> files.put(host, Lab.script(host, """
                set -eu
                haproxy -c -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/secrets.cfg >&2
                keepalived -t -f /etc/keepalived/keepalived.conf >&2
                find /etc/haproxy /var/lib/pgha -path '*haproxy*.wanted'
                ls /var/lib/pgha/changed
                cat /etc/haproxy/haproxy.cfg /etc/keepalived/keepalived.conf
                """).ok().out()));
        return files;
    }

    @Test
    @Order(6)
    void whatHaproxyRefusesReachesNoBalancer() {
        var before = balancers();
        assertThat(before.values()).allSatisfy(text -> assertThat(text).startsWith("# Written by pgha"));
        String said = up("pgha-lab:haproxyExtra=listen other\n    nonsense\n").failed().said();
        assertThat(said).contains("HAProxy refuses its configuration: ", "nonsense");
        assertThat(balancers()).isEqualTo(before);
        // The engine knows these inputs already, so nothing runs on a balancer.
        up().ok();
        assertThat(balancers()).isEqualTo(before);
        up("pgha-lab:haproxyExtra=listen other\n    bind *:9000\n").ok();
        assertThat(balancers().values()).allSatisfy(text -> assertThat(text).contains("listen other\n    bind *:9000\n"));
        up().ok();
        assertThat(balancers()).isEqualTo(before);
        Lab.changesNothing();
    }
}
