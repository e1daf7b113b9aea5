package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import com.pulumi.test.PulumiTest;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import pulumirpc.Resource.RegisterResourceRequest;

/** What the program asks the engine for on hosts that exist already. */
class ExistingGraphTest {
    private static final String COMMAND = "command:remote:Command";
    private static final List<String> HOSTS = List.of("db-etcd1", "db-etcd2", "db-etcd3", "db-pg1", "db-pg2", "db-pg3");
    private static final String JUMP = "{address: gate.example.org, user: jump, hostKey: ssh-ed25519 "
            + "AAAAC3NzaC1lZDI1NTE5AAAAIN8cjA3pyOzvp/S8gwjXN1BW+pMzpZyhblzixBeRQSzb}";

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Graph graph(LabConfig config) {
        var graph = Graph.of(App::stack, false, config.all());
        graph.result().throwOnError();
        return graph;
    }

    @Test
    void itIsTheSameClusterWithoutMachines() throws IOException {
        // The path after the hosts is one: what is left out and what is added is all that differs.
        var expected = new HashSet<String>();
        var machines = new HashSet<String>();
        for (var request : graph(LabConfig.dev().with("fencing", "\"off\"")).all()) {
            String renamed = request.getName().replace("course-", "db-");
            boolean made = request.getType().contains("proxmoxve")
                    || Set.of("pgha-vms", "pgha-vms-admin-key").contains(renamed) || renamed.endsWith("-host-key");
            (made ? machines : expected).add(request.getType() + " " + renamed);
        }
        forgetDeployment();
        assertThat(machines).isNotEmpty();
        HOSTS.forEach(host -> expected.add(COMMAND + " " + host + "-claim"));
        assertThat(graph(LabConfig.hosts()).all())
                .extracting(request -> request.getType() + " " + request.getName())
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void everyCommandLogsInWithTheGivenKeyAndPinsTheGivenHostKey() throws IOException {
        for (var command : graph(LabConfig.hosts().with("etcdHosts[1].user", "root")).ofType(COMMAND)) {
            boolean root = command.getName().startsWith("db-etcd2-");
            assertThat(command.getObject().getFieldsOrThrow("create").getStringValue()).as(command.getName())
                    .isEqualTo(root ? "bash -s" : "sudo bash -s");
            Value connection = command.getObject().getFieldsOrThrow("connection");
            assertThat(Graph.isSecret(connection)).isTrue();
            Map<String, Value> parts = Graph.plain(connection).getStructValue().getFieldsMap();
            assertThat(parts.keySet()).containsExactlyInAnyOrder(
                    "host", "port", "user", "privateKey", "hostKey", "dialErrorLimit", "perDialTimeout");
            assertThat(text(parts, "user")).isEqualTo(root ? "root" : "admin");
            assertThat(text(parts, "hostKey")).startsWith("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI");
            assertThat(text(parts, "privateKey")).startsWith("-----BEGIN OPENSSH PRIVATE KEY-----");
            // A wrong key is said soon.
            assertThat(Graph.plain(parts.get("dialErrorLimit")).getNumberValue()).isEqualTo(10);
            assertThat(command.getReplaceWithList()).isEmpty();
        }
    }

    @Test
    void aJumpHostIsThereForEveryCommand() throws IOException {
        for (var command : graph(LabConfig.hosts().with("existingHosts.jumpHost", JUMP)).ofType(COMMAND)) {
            Map<String, Value> connection = Graph.plain(command.getObject().getFieldsOrThrow("connection"))
                    .getStructValue().getFieldsMap();
            Map<String, Value> proxy = Graph.plain(connection.get("proxy")).getStructValue().getFieldsMap();
            assertThat(text(proxy, "host")).as(command.getName()).isEqualTo("gate.example.org");
            assertThat(text(proxy, "user")).isEqualTo("jump");
            assertThat(Graph.plain(proxy.get("port")).getNumberValue()).isEqualTo(22);
            assertThat(text(proxy, "hostKey")).endsWith("AAAAIN8cjA3pyOzvp/S8gwjXN1BW+pMzpZyhblzixBeRQSzb");
            assertThat(text(proxy, "privateKey")).isEqualTo(text(connection, "privateKey"));
        }
    }

    @Test
    void aClaimComesFirstAndSoEndsLast() throws IOException {
        var graph = graph(LabConfig.hosts());
        for (String host : HOSTS) {
            assertThat(graph.before(host + "-claim")).containsExactly(host + "-key-seed");
            graph.ofType(COMMAND).stream().map(RegisterResourceRequest::getName)
                    .filter(name -> name.startsWith(host) && !name.equals(host + "-claim"))
                    .forEach(name -> assertThat(graph.before(name)).as(name).contains(host + "-claim"));
        }
    }

    @Test
    void onlyAPurgeThatIsAskedForRunsAtTheEnd() throws IOException {
        assertThat(graph(LabConfig.hosts()).all()).filteredOn(request -> request.getObject().containsFields("delete"))
                .isEmpty();
        forgetDeployment();
        var purged = graph(LabConfig.hosts().with("existingHosts.onDestroy", "purge")
                .with("existingHosts.purgeCluster", "shop"));
        var ends = purged.all().stream().filter(request -> request.getObject().containsFields("delete")).toList();
        assertThat(ends).extracting(RegisterResourceRequest::getName)
                .containsExactlyInAnyOrderElementsOf(HOSTS.stream().map(host -> host + "-claim").toList());
        for (var end : ends) {
            assertThat(end.getObject().getFieldsOrThrow("delete").getStringValue()).isEqualTo("sudo bash -s purge");
            assertThat(end.getDeleteBeforeReplace()).isTrue();
            assertThat(end.getObject().getFieldsOrThrow("stdin").getStringValue()).contains("CLUSTER='shop'\n");
        }
    }

    @Test
    void outputsTellOfTheHostsWhatThereIs() throws IOException {
        var graph = graph(LabConfig.hosts());
        var hosts = (Map<?, ?>) graph.output("hosts");
        assertThat(hosts.keySet().stream().map(String::valueOf).collect(Collectors.toSet()))
                .containsExactlyInAnyOrderElementsOf(HOSTS);
        hosts.values().forEach(host -> assertThat(((Map<?, ?>) host).keySet().stream().map(String::valueOf))
                .containsExactlyInAnyOrder("name", "address", "user", "hostKey", "port", "roles"));
        assertThat((String) graph.output("adminPrivateKey"))
                .startsWith("-----BEGIN OPENSSH PRIVATE KEY-----");
    }

    @Test
    void outputsTellOfTheJumpHostButItsPrivateKey() throws IOException {
        var graph = graph(LabConfig.hosts().with("existingHosts.jumpHost", JUMP));
        var hosts = (Map<?, ?>) graph.output("hosts");
        assertThat(hosts.values()).hasSize(HOSTS.size()).allSatisfy(host -> assertThat(((Map<?, ?>) host).get("jumpHost"))
                .isEqualTo(Map.of("address", "gate.example.org", "user", "jump", "port", 22, "hostKey",
                        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN8cjA3pyOzvp/S8gwjXN1BW+pMzpZyhblzixBeRQSzb")));
    }

    @Test
    void theFilterLetsSshInWhereItListens() throws IOException {
        var graph = graph(LabConfig.hosts().with("etcdHosts[0].port", "2222"));
        assertThat(graph.script("db-etcd1-prepare")).contains("tcp dport 2222 accept").doesNotContain("tcp dport 22 ");
        assertThat(graph.script("db-etcd2-prepare")).contains("tcp dport 22 accept").doesNotContain("2222");
    }

    private static String text(Map<String, Value> parts, String key) {
        return Graph.plain(parts.get(key)).getStringValue();
    }
}
