package io.github.pgha.drills.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PagesTest {
    private static final String ETCD_HOST = """
            {"host": "HOST", "findings": [FINDINGS], "information": [
              {"part": "certificates", "text": "the first of 4 ends on 2027-11-01, in 342 days: /client.pem"}],
             "status": {"packages": {"etcd-server": "VERSION"},
              "services": {"etcd": true, "haproxy": true, "keepalived": true, "pgha-fence": true},
              "certificates": {"end": "2027-11-01", "days": 342, "path": "/etc/etcd/pgha/client.pem"},
              "etcd": {"healthy": true, "leads": LEADS},
              "haproxy": [["primary", "p1", "UP"], ["primary", "p2", "DOWN"], ["primary", "p3", "DOWN"],
                          ["standbys", "p1", "DOWN"], ["standbys", "p2", "UP"], ["standbys", "p3", "UP 1/2"]],
              "vip": LEADS,
              "fencing": {"acting": LEADS, "etcd_up": true, "proxmox_up": LEADS}}}
            """;
    private static final String POSTGRES_HOST = """
            {"host": "HOST", "findings": [
              {"scope": "cluster", "part": "patroni", "text": "Patroni's setting ttl is 40, not 20"}],
             "information": [],
             "status": {"packages": {"patroni": "4.0.7-1"}, "services": {"patroni": true},
              "certificates": {"end": "2027-10-01", "days": 311, "path": "/etc/patroni/tls/ca.pem"},
              "patroni": {"paused": true, "members": [
                {"name": "p1", "role": "leader", "state": "running", "host": "10.0.0.11", "timeline": 3},
                {"name": "p2", "role": "quorum_standby", "state": "streaming", "host": "10.0.0.12", "timeline": 3,
                 "lag": 0},
                {"name": "p3", "role": "replica", "state": "streaming", "host": "10.0.0.13", "timeline": 3,
                 "lag": 16777216, "pending_restart": true}]}}}
            """;

    private static String etcd(String host, String findings, String version, boolean first) {
        return ETCD_HOST.replace("HOST", host).replace("FINDINGS", findings).replace("VERSION", version)
                .replace("LEADS", String.valueOf(first));
    }

    private static List<Answer> answers() throws IOException {
        List<Host> hosts = TestStack.stack().hosts();
        List<Answer> answers = new ArrayList<>();
        answers.add(Answer.of(hosts.get(0), HostReport.parse(etcd("e1", """
                {"scope": "host", "part": "files", "text": "/etc/haproxy/haproxy.cfg was changed"}""",
                "3.5.16-4", true))));
        answers.add(Answer.of(hosts.get(1), HostReport.parse(etcd("e2", "", "3.5.16-5", false))));
        answers.add(Answer.none(hosts.get(2), "e3 (10.0.0.3) can't be used over SSH: timed out"));
        for (Host host : hosts.subList(3, 6)) {
            answers.add(Answer.of(host, HostReport.parse(POSTGRES_HOST.replace("HOST", host.name()))));
        }
        return answers;
    }

    @Test
    void whatWasFoundByHost() throws IOException {
        var page = new DoctorPage(answers());
        assertThat(page.render()).isEqualTo(TestStack.file("inspect/doctor.txt"));
        assertThat(page.clean()).isFalse();
    }

    @Test
    void aClusterOnWhichNothingIsFound() throws IOException {
        Host host = TestStack.stack().hosts().get(0);
        var page = new DoctorPage(List.of(Answer.of(host, HostReport.parse("{\"findings\": []}"))));
        assertThat(page.render()).isEqualTo("e1\nnothing found\n");
        assertThat(page.clean()).isTrue();
    }

    @Test
    void aHostThatDoesntAnswerIsNoCleanCluster() throws IOException {
        Host host = TestStack.stack().hosts().get(0);
        var page = new DoctorPage(List.of(Answer.none(host, host + ": it is off")));
        assertThat(page.render()).isEqualTo("e1: it is off\n");
        assertThat(page.clean()).isFalse();
    }

    @Test
    void howTheClusterIs() throws IOException {
        assertThat(new StatusPage("10.0.0.50", answers()).render()).isEqualTo(TestStack.file("inspect/status.txt"));
    }

    @Test
    void whatDoesntRunIsSaidNotTo() throws IOException {
        Host host = TestStack.stack().hosts().get(0);
        var report = HostReport.parse("{\"findings\": [], \"status\": {\"services\": {\"etcd\": false}}}");
        assertThat(new StatusPage("10.0.0.50", List.of(Answer.of(host, report))).render()).contains(
                "is held by nobody\n", "etcd\n  e1             doesn't run\n", "Fencing\n  off\n",
                "Doctor: nothing found\n");
    }

    @Test
    void membersThatEtcdHasForgottenAreSaidToBeAway() throws IOException {
        var report = HostReport.parse("{\"findings\": [], \"status\": {\"patroni\": {\"members\": "
                + "[{\"name\": \"p1\", \"role\": \"leader\", \"state\": \"running\", \"timeline\": 3}]}}}");
        var answers = TestStack.stack().hosts().stream().filter(host -> host.roles().contains(Host.POSTGRES))
                .map(host -> host.name().equals("p3") ? Answer.none(host, "p3: it is off") : Answer.of(host, report)).toList();
        assertThat(new StatusPage("10.0.0.50", answers).render().lines().limit(4)).containsExactly(
                "PostgreSQL       role            state      timeline  lag (bytes)",
                "p1               leader          running           3            -",
                "p2               -               away              -            -  etcd has forgotten it; its host answers",
                "p3               -               away              -            -  etcd has forgotten it; its host doesn't "
                + "answer");
    }

    @Test
    void whoeverTheNetworkSendsToIsNamed() throws IOException {
        List<Host> hosts = TestStack.stack().hosts();
        var holder = Answer.of(hosts.get(0), HostReport.parse(
                "{'findings': [], 'status': {'vip': true, 'card': '02:01', 'vip_answers': []}}".replace('\'', '"')));
        for (String heard : List.of("02:01", "02:02", "02:09")) {
            var other = Answer.of(hosts.get(1), HostReport.parse(("{'findings': [], 'status': {'vip': false, 'card': '02:02', "
                    + "'vip_answers': ['" + heard + "']}}").replace('\'', '"')));
            var answers = List.of(holder, other);
            String said = "the network of e2 sends to " + (heard.equals("02:02") ? "e2" : heard)
                    + " what is for the virtual address, and e1 has it";
            assertThat(new DoctorPage(answers).clean()).isEqualTo(heard.equals("02:01"));
            for (String page : List.of(new DoctorPage(answers).render(), new StatusPage("10.0.0.50", answers).render())) {
                assertThat(page.contains(said)).isEqualTo(!heard.equals("02:01"));
            }
        }
    }

    @Test
    void howAClusterIsOfWhichNobodyAnswers() {
        List<Answer> none = TestStack.stack().hosts().stream()
                .map(host -> Answer.none(host, host + ": it is off")).toList();
        assertThat(new StatusPage("10.0.0.50", none).render()).contains("no member tells",
                "is held by nobody that answers\n", "HAProxy on e2\n  doesn't tell\n",
                "etcd\n  e1             unknown\n", "first ends\n  e1             unknown\n", "Fencing\n  unknown\n",
                "p3: it is off\n", "Doctor: no host answers\n");
    }

    @Test
    void whoDoesntAnswerIsLeftOutOfWhatTheDoctorFound() throws IOException {
        List<Host> hosts = TestStack.stack().hosts();
        var report = HostReport.parse("{\"findings\": [], \"status\": {}}");
        assertThat(new StatusPage("10.0.0.50", List.of(Answer.of(hosts.get(0), report),
                Answer.none(hosts.get(1), "it is off"))).render())
                .endsWith("it is off\nDoctor: nothing found on the hosts that answer\n");
    }

    @Test
    void anAnswerThatIsNoneIsSaidToBe() {
        assertThatThrownBy(() -> HostReport.parse("Traceback")).isInstanceOf(IOException.class)
                .hasMessage("pgha-doctor's answer isn't JSON");
        assertThatThrownBy(() -> HostReport.parse("{}")).isInstanceOf(IOException.class)
                .hasMessage("pgha-doctor's answer has no findings, not even none");
    }
}
