package io.github.pgha.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.github.pgha.readiness.RunningHost.Fate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When an `up` may begin, by what the hosts say. */
class ReadinessTest {
    private static final Instant NOON = Instant.ofEpochSecond(1_800_000_000L);
    private static final String ETCD = "{data: true, agrees: true, knows: true, paused: false, said: ''}";
    private static final String DISKS = "[{folder: '/', free: 5000000000, files: 100000}]";

    private final Map<String, RunningHost> hosts = new LinkedHashMap<>();
    private final Map<String, Answer> answers = new LinkedHashMap<>();

    @BeforeEach
    void allIsWell() {
        for (int i = 1; i <= 3; i++) {
            host("etcd" + i, "10.0.0.1" + i, true, Fate.STAYS);
            host("pg" + i, "10.0.0.2" + i, false, Fate.STAYS);
        }
        hosts.keySet().forEach(name -> told(name, DISKS, name.startsWith("etcd") ? ETCD : "null", "false",
                name.equals("etcd1"), ""));
    }

    private void host(String name, String address, boolean etcd, Fate fate) {
        hosts.put(name, new RunningHost(name, address, 22, "pgha", "ssh-ed25519 AAAA", Optional.empty(), etcd, fate));
    }

    private void fate(String name, Fate fate) {
        RunningHost was = hosts.get(name);
        host(name, was.address(), was.etcd(), fate);
    }

    /** A host whose clock is right, and that took half a second to answer. */
    private void told(String name, String disks, String etcd, String paused, boolean holds, String holder) {
        told(name, disks, etcd, paused, holds, holder, 0);
    }

    private void told(String name, String disks, String etcd, String paused, boolean holds, String holder, double ahead) {
        double began = NOON.getEpochSecond() + 0.3 + ahead;
        String card = name.replaceAll("[a-z]+", name.startsWith("e") ? "e" : "a");
        answers.put(name, Answer.told(JsonParser.parseString("""
                {"disks": %s, "etcd": %s, "patroni": %s, "holds": %s, "cards": ["02:00:00:00:00:%s"], "holder": "%s",
                 "neighbours": {"10.0.0.12": "02:00:00:00:00:e2"}, "began": %.3f, "ended": %.3f}
                """.formatted(disks, etcd, patroni(paused, ""), holds, card, holder, began,
                began + 0.1)).getAsJsonObject(), NOON, NOON.plusMillis(500)));
    }

    private static String patroni(String paused, String planned) {
        return "{paused: %s, planned: [%s]}".formatted(paused, planned);
    }

    private void away(String... names) {
        for (String name : names) {
            answers.put(name, Answer.away("No route to host"));
        }
    }

    private Verdict verdict(boolean changes, boolean everywhere, boolean mends) {
        return Readiness.of(new Plan(List.copyOf(hosts.values()), "10.0.0.50", changes, everywhere, mends,
                mends && !everywhere), answers);
    }

    private Verdict oneValueChanged() {
        return verdict(true, false, false);
    }

    @Test
    void aClusterInWhichAllIsWellIsReady() {
        assertThat(oneValueChanged()).isEqualTo(Verdict.READY);
        assertThat(verdict(true, true, true)).isEqualTo(Verdict.READY);
    }

    @Test
    void allProblemsAreSaidAtOnce() {
        told("etcd1", DISKS, ETCD, "false", false, "02:99:99:99:99:99");
        told("pg1", "[{folder: '/', free: 104857600, files: 100000}]", "null", "true", false, "");
        told("pg2", DISKS, "null", "false", false, "", 8);
        away("pg3");
        assertThat(verdict(true, true, true).problems()).satisfiesExactlyInAnyOrder(
                away -> assertThat(away).contains("host 'pg3' (10.0.0.23:22, No route to host) must answer at SSH")
                        .contains("`rebuild`"),
                paused -> assertThat(paused).contains("the cluster is paused").contains("patronictl resume"),
                disk -> assertThat(disk).contains("host 'pg1' has 100 MiB free on the file system of / and must have 256"),
                clock -> assertThat(clock).contains("the clock of host 'pg2' must be at most 2 s away").contains("7.6 s ahead"),
                vip -> assertThat(vip).contains("vip '10.0.0.50' must be an address that is free, and 02:99:99:99:99:99 "
                        + "answers"));
    }

    @Test
    void whatSomebodyScheduledIsLeftToHim() {
        for (String name : List.of("pg1", "pg2")) {
            answers.get(name).facts().add("patroni", JsonParser.parseString(patroni("false",
                    "{what: 'a switchover from pg1 to pg2 is scheduled for 18:00', kind: switchover}")));
        }
        assertThat(oneValueChanged().problems()).containsExactly("a switchover from pg1 to pg2 is scheduled for 18:00, and this "
                + "`up` would take it away or meet it: wait until it is over, or take it back by `patronictl flush CLUSTER "
                + "switchover`, as root on a host of PostgreSQL");
        assertThat(verdict(false, false, false)).isEqualTo(Verdict.READY);
    }

    @Test
    void aStandbyThatIsOffIsLeftOut() {
        away("pg3");
        Verdict verdict = oneValueChanged();
        assertThat(verdict.problems()).isEmpty();
        assertThat(verdict.leftOut()).containsExactly("pg3");
        assertThat(verdict.notes()).singleElement().asString().contains("host 'pg3' (10.0.0.23:22, No route to host) doesn't "
                + "answer")
                .contains("is left out").contains("next `pulumi up`");
        // Also where nothing changes, so that both have the same resources.
        assertThat(verdict(false, false, false).leftOut()).containsExactly("pg3");
    }

    @Test
    void oneMemberOfEtcdThatIsOffIsLeftOutAndTwoAreNoMajority() {
        away("etcd2");
        assertThat(oneValueChanged().leftOut()).containsExactly("etcd2");
        away("etcd3");
        told("etcd1", DISKS, "{data: true, agrees: false, knows: false, paused: false, said: 'context deadline exceeded'}",
                "false", true, "");
        Verdict verdict = oneValueChanged();
        assertThat(verdict.problems()).first().asString().isEqualTo("etcd has no majority of its 3 members: etcd1 says "
                + "'context deadline exceeded', etcd2 doesn't answer at SSH, etcd3 doesn't answer at SSH. Start the hosts "
                + "that are only off. If most members are lost for good, run `pgha-etcd-new-majority` as root on 'etcd1', "
                + "which makes "
                + "a member that is left the first one of a new majority, and `pulumi up` again (docs/operations.md, 'Most "
                + "of etcd "
                + "was lost')");
        assertThat(verdict.leftOut()).isEmpty();
        // Who only starts machines that were stopped (`up --refresh`) must get through, and whoever changes nothing is told.
        assertThat(verdict(false, false, false).problems()).isEmpty();
        assertThat(verdict(false, false, false).notes()).anyMatch(note -> note.contains("etcd has no majority"));
        fate("etcd2", Fate.LOST);
        fate("etcd3", Fate.LOST);
        assertThat(verdict(false, false, false).problems()).first().asString().contains("pgha-etcd-new-majority");
        assertThat(verdict(false, false, false).notes()).filteredOn(note -> note.contains("pulumi refresh")).hasSize(2);
    }

    @Test
    void membersOfEtcdThatWereStoppedAreStartedByARepairAndByNothingElse() {
        String stopped = "{data: true, agrees: false, knows: false, paused: false, said: 'connection refused'}";
        List.of("etcd1", "etcd2", "etcd3").forEach(name -> told(name, DISKS, stopped, "false", name.equals("etcd1"), ""));
        assertThat(oneValueChanged().problems()).singleElement().asString().contains("systemctl start etcd", "raise `repair`")
                .doesNotContain("new-majority");
        assertThat(verdict(true, false, true).problems()).isEmpty();
        String empty = stopped.replace("data: true", "data: false");
        List.of("etcd2", "etcd3").forEach(name -> told(name, DISKS, empty, "false", false, ""));
        assertThat(verdict(true, false, true).problems()).singleElement().asString()
                .contains("etcd2 says 'connection refused' and has no data", "as root on 'etcd1'");
    }

    @Test
    void whatEtcdForgotEverywhereIsMadeNewByARepairAndByNothingElse() {
        String empty = "{data: false, agrees: false, knows: false, paused: false, said: 'connection refused'}";
        List.of("etcd1", "etcd2", "etcd3").forEach(name -> told(name, DISKS, empty, "false", name.equals("etcd1"), ""));
        assertThat(oneValueChanged().problems()).singleElement().asString().contains("etcd1 says 'connection refused' and has no "
                + "data", "Raise `repair`, which makes etcd new");
        assertThat(verdict(false, false, false).notes()).singleElement().asString().contains("Raise `repair`");
        // Also a pause, which nobody could end.
        told("pg1", DISKS, "null", "true", false, "");
        assertThat(verdict(true, false, true).problems()).isEmpty();
        // They find each other by themselves when they start.
        String anew = ETCD.replace("knows: true", "knows: false");
        List.of("etcd1", "etcd2", "etcd3").forEach(name -> told(name, DISKS, anew, "true", name.equals("etcd1"), ""));
        assertThat(oneValueChanged().problems()).anySatisfy(problem -> assertThat(problem)
                .contains("etcd has lost all of its data", "raise `repair`"));
        assertThat(verdict(false, false, false).notes()).singleElement().asString().contains("etcd has lost all of its data");
        assertThat(verdict(true, false, true).problems()).isEmpty();
        // All scripts run then, and none of them puts back what is lost.
        assertThat(verdict(true, true, true).problems()).anySatisfy(problem -> assertThat(problem).contains("raise `repair`"));
        // Who isn't asked may have all of it.
        List.of("etcd1", "etcd2").forEach(name -> told(name, DISKS, empty, "false", name.equals("etcd1"), ""));
        away("etcd3");
        assertThat(verdict(true, false, true).problems()).isNotEmpty();
    }

    @Test
    void whoeverIsAboutToBeRecreatedNeedNotAnswer() {
        away("pg3");
        fate("pg3", Fate.CHANGES);
        assertThat(verdict(true, true, false)).isEqualTo(Verdict.READY);
        // But then all others must.
        away("pg2");
        assertThat(verdict(true, false, false).problems()).singleElement().asString()
                .contains("host 'pg2' ", "since the machine of pg3 is about to go or restart");
    }

    @Test
    void aLostMachineIsNotLeftOut() {
        away("pg3");
        fate("pg3", Fate.LOST);
        Verdict verdict = oneValueChanged();
        assertThat(verdict.problems()).isEmpty();
        assertThat(verdict.leftOut()).isEmpty();
        assertThat(verdict.notes()).singleElement().asString().contains("'pg3'", "pulumi refresh");
    }

    @Test
    void withoutAnyHostOfPostgresqlNothingGoesOn() {
        away("pg1", "pg2", "pg3");
        assertThat(oneValueChanged().problems()).singleElement().asString().contains("since no host of PostgreSQL does");
    }

    @Test
    void whoReachesNobodyLeavesNobodyOut() {
        hosts.keySet().forEach(this::away);
        Verdict verdict = verdict(true, true, true);
        assertThat(verdict.problems()).isEmpty();
        assertThat(verdict.leftOut()).isEmpty();
        assertThat(verdict.notes()).singleElement().asString().contains("no host of the cluster could be looked at");
    }

    @Test
    void aHostThatLetsNobodyInIsNeitherAwayNorJudged() {
        answers.put("etcd1", Answer.unseen("Permission denied (publickey)"));
        List.of("etcd2", "etcd3").forEach(name -> told(name, DISKS, "null", "false", name.equals("etcd2"), ""));
        Verdict verdict = oneValueChanged();
        assertThat(verdict.problems()).isEmpty();
        assertThat(verdict.leftOut()).isEmpty();
        assertThat(verdict.notes()).singleElement().asString().contains("'etcd1' couldn't be looked at", "Permission denied");
    }

    @Test
    void theVirtualAddressMayBeHeldByOneOfOursThatCannotBeLookedAt() {
        answers.put("etcd1", Answer.unseen("Permission denied"));
        told("etcd3", DISKS, ETCD, "false", false, "02:00:00:00:00:e2");
        answers.put("etcd2", Answer.unseen("Permission denied"));
        assertThat(oneValueChanged().problems()).isEmpty();
        // A former holder that was stopped, and nobody answers.
        told("etcd3", DISKS, ETCD, "false", false, "");
        assertThat(oneValueChanged().problems()).isEmpty();
    }

    @Test
    void nothingButWhoAnswersIsJudgedWhereNothingChanges() {
        told("pg1", "[{folder: '/', free: 1, files: 5}]", "null", "true", false, "", 100);
        assertThat(verdict(false, false, false)).isEqualTo(Verdict.READY);
        assertThat(oneValueChanged().problems()).hasSize(4).anyMatch(problem -> problem.contains("room for 5 more files"));
    }

    @Test
    void aPauseThatOnlyEtcdTellsCounts() {
        told("etcd2", DISKS, ETCD.replace("paused: false", "paused: true"), "false", false, "");
        assertThat(oneValueChanged().problems()).singleElement().asString().contains("patronictl resume");
    }

    @Test
    void aHostThatIsSlowHasNoWrongClock() {
        Answer slow = answers.get("pg1");
        answers.put("pg1", new Answer(slow.kind(), slow.facts(), "", NOON.minusSeconds(4), NOON.plusSeconds(3)));
        assertThat(oneValueChanged().problems()).isEmpty();
        told("pg2", DISKS, "null", "false", false, "", -3);
        assertThat(oneValueChanged().problems()).isNotEmpty().allMatch(problem -> problem.contains("away from that of 'pg2'"));
    }

    @Test
    void aPortAtWhichNobodyListensIsAway() throws IOException {
        try (var open = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int closed;
            try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                closed = other.getLocalPort();
            }
            List<RunningHost> two = Map.of("open", open.getLocalPort(), "closed", closed).entrySet().stream()
                    .map(host -> new RunningHost(host.getKey(), "127.0.0.1", host.getValue(), "pgha", "", Optional.empty(), true,
                            Fate.STAYS)).toList();
            Map<String, Optional<String>> reached = new HostLook(Duration.ofMillis(600)).reach(two);
            assertThat(reached.get("open")).isEmpty();
            assertThat(reached.get("closed")).get().asString().contains("refused");
        }
    }

    @Test
    void theScriptSaysWhatIsLookedFor() {
        String script = HostLook.script(hosts.get("pg1"), "10.0.0.50", "/service/it's/", hosts.values().stream()
                .map(RunningHost::address).collect(Collectors.toList()));
        assertThat(script).startsWith("exec python3 -I - '").contains("/service/it\\u0027s/", "<<'PGHA_LOOK'\n")
                .endsWith("\nPGHA_LOOK\n");
        assertThat(script.lines().findFirst().orElseThrow()).contains("\"10.0.0.11\"").containsOnlyOnce("10.0.0.21");
        assertThat(Set.copyOf(hosts.keySet())).hasSize(6);
    }
}
