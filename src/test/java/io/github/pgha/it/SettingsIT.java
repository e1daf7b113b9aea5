package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Changed settings come to one member after the other, while a client writes. Each test goes on from the last one. */
@Order(5)
@ExtendWith(Lab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SettingsIT {
    /** A planned switchover takes a second or two; this is for a machine that does much else. */
    private static final long LONGEST_GAP_MS = 20_000;
    private static final String PARAMETERS = "pgha-lab:postgresParameters.";

    private Writer writer;
    private long startedMs;

    @BeforeAll
    void startToWrite() throws IOException, InterruptedException {
        writer = Writer.start();
    }

    @AfterAll
    void stopToWrite() throws InterruptedException {
        writer.close();
        Lab.sql("primary", "DROP TABLE ledger").ok();
    }

    /** After each change, whether it was taken or refused. */
    @AfterEach
    void nothingIsLostAndClientsHardlyNoticed() throws IOException {
        assertThat(writer.works()).isTrue();
        assertThat(writer.longestGapMs(startedMs)).isLessThan(LONGEST_GAP_MS);
        var acknowledged = writer.acknowledged();
        var present = Lab.sql("primary", "SELECT id FROM ledger").ok().out().lines().map(Long::valueOf)
                .collect(Collectors.toSet());
        assertThat(present).containsAll(acknowledged);
        String listed = Lab.on("course-pg1", "patronictl", "list").ok().out();
        assertThat(listed.lines().filter(line -> line.contains("| Leader") && line.contains("| running"))).hasSize(1);
        assertThat(listed.lines().filter(line -> line.contains("| streaming"))).hasSize(2);
        assertThat(listed).doesNotContain("Pending restart");
    }

    /** An `up` with values in place of those in the stack's file; what isn't named has its default. */
    private Run up(String... values) {
        startedMs = System.currentTimeMillis();
        var arguments = new ArrayList<>(List.of("up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive",
                "--config-path"));
        Stream.of(values).forEach(value -> arguments.addAll(List.of("--config", value)));
        return Lab.pulumi(arguments.toArray(String[]::new));
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
        startedMs = System.currentTimeMillis();
        String given = all("SELECT lower(name) FROM pg_settings WHERE context <> 'internal' AND name !~ '[.]'")
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
        up(PARAMETERS + "work_mem=16MB", "pgha-lab:timing=normal", "pgha-lab:clientNetworks[0]=192.168.124.0/23",
                "pgha-lab:clientNetworks[1]=192.168.126.0/24", "pgha-lab:appUser=shop").ok();
        assertThat(all("SHOW work_mem").values()).containsOnly("16MB");
        assertThat(all("SELECT count(*) FROM pg_hba_file_rules WHERE address = '192.168.126.0'").values())
                .containsOnly("1");
        assertThat(Lab.on("course-pg1", "patronictl", "show-config").ok().out()).contains("loop_wait: 5");
        assertThat(all("SELECT pg_postmaster_start_time()")).isEqualTo(before);
        assertThat(Lab.on("course-etcd1", "cat", "/etc/haproxy/haproxy.cfg").ok().out()).contains("inter 1000ms");
        assertThat(Lab.on("course-etcd1", "sh", "-c", haproxy).ok().out()).isEqualTo(started);
        // The former owner writes on. On a busy machine a check may time out and end its session, so only what a reload
        // itself does to it is asked for.
        int session = writer.sessionAfter(System.currentTimeMillis());
        List.of("course-etcd1", "course-etcd2").forEach(host -> Lab.on(host, "systemctl", "reload", "haproxy").ok());
        assertThat(writer.sessionAfter(System.currentTimeMillis() + 2000)).isEqualTo(session);
        // The new owner has the tables of the former one.
        Lab.sql("primary", "ALTER TABLE ledger ADD note text").ok();
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
        assertThat(service("MainPID")).doesNotContainValue("0").allSatisfy(
                (host, process) -> assertThat(process).isNotEqualTo(patroni.get(host)));
        assertThat(leader()).isNotEqualTo(former);
        assertThat(timeline()).as("one switchover").isEqualTo(timeline + 1);
        var started = all("SELECT pg_postmaster_start_time()");
        assertThat(started).allSatisfy((host, at) -> assertThat(at).isGreaterThan(before.get(host)));
        Lab.POSTGRES.stream().filter(host -> !host.equals(former))
                .forEach(host -> assertThat(started.get(host)).isLessThan(started.get(former)));
    }

    private static int timeline() {
        String listed = Lab.on("course-pg1", "patronictl", "list", "-f", "json").ok().out();
        var members = new Gson().fromJson(listed, JsonArray.class);
        return members.get(0).getAsJsonObject().get("TL").getAsInt();
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
    void whatTheFirstStandbyCannotStartWithReachesNoOther() {
        String former = leader();
        var before = all("SELECT pg_postmaster_start_time()");
        String said = up(PARAMETERS + "shared_preload_libraries=nolib", PARAMETERS + "shared_buffers=384MB",
                PARAMETERS + "max_connections=220").failed().said();
        assertThat(said).contains("PostgreSQL doesn't start with its new parameters and runs with its former ones, "
                + "as all members do: could not access file \"nolib\"");
        assertThat(leader()).isEqualTo(former);
        var restarted = all("SELECT pg_postmaster_start_time()");
        assertThat(Lab.POSTGRES.stream().filter(host -> !restarted.get(host).equals(before.get(host)))).hasSize(1);
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
        Lab.pulumi("preview", "--stack", "dev", "--expect-no-changes").ok();
    }
}
