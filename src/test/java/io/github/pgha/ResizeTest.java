package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.test.PulumiTest;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import pulumirpc.Resource.RegisterResourceRequest;

/** What the program asks the engine for when machines get another size. */
class ResizeTest {
    private static final String COMMAND = "command:remote:Command";
    private static final List<String> MACHINES = List.of("course-etcd1", "course-etcd2", "course-etcd3",
            "course-pg1", "course-pg2", "course-pg3");

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Object resizes(Graph graph, String host) {
        return ((Map<?, ?>) ((Map<?, ?>) graph.machines().get("hosts")).get(host)).get("resizes");
    }

    private static LabConfig larger(String... hosts) throws IOException {
        var config = LabConfig.dev();
        for (String host : hosts) {
            config.with(host + ".cores", "4");
        }
        return config;
    }

    private static LabConfig allLarger() throws IOException {
        return larger("etcdHosts[0]", "etcdHosts[1]", "etcdHosts[2]", "postgresHosts[0]", "postgresHosts[1]",
                "postgresHosts[2]");
    }

    private static Set<String> turns(Graph graph) {
        return graph.ofType(COMMAND).stream().map(RegisterResourceRequest::getName)
                .filter(name -> name.endsWith("-resize")).collect(Collectors.toSet());
    }

    private static String at(Graph graph, String command) {
        return Graph.plain(Graph.plain(graph.get(command).getObject().getFieldsOrThrow("connection"))
                .getStructValue().getFieldsOrThrow("host")).getStringValue();
    }

    @Test
    void machinesHaveTheirTurnsOneAfterTheOther() throws IOException {
        var graph = Graph.up(allLarger(), Graph.up(LabConfig.dev(), Map.of()).machines());
        for (int i = 0; i < MACHINES.size(); i++) {
            String machine = MACHINES.get(i);
            assertThat(graph.before(machine)).contains(machine + "-before-resize");
            assertThat(graph.before(machine + "-after-resize")).contains(machine);
            assertThat(graph.before(machine + "-prepare")).contains(machine + "-after-resize");
            if (i > 0) {
                assertThat(graph.before(machine + "-before-resize")).contains(MACHINES.get(i - 1) + "-after-resize");
            }
            assertThat(resizes(graph, machine)).isEqualTo(1);
        }
        for (String member : MACHINES.subList(3, 6)) {
            assertThat(graph.before(member + "-patroni"))
                    .containsAll(MACHINES.stream().map(machine -> machine + "-after-resize").toList());
        }
    }

    @Test
    void anotherHostOfEtcdLetsAMachineGo() throws IOException {
        var graph = Graph.up(allLarger(), Graph.up(LabConfig.dev(), Map.of()).machines());
        assertThat(at(graph, "course-etcd1-before-resize")).isEqualTo("192.168.125.79");
        assertThat(at(graph, "course-etcd2-before-resize")).isEqualTo("192.168.125.13");
        assertThat(at(graph, "course-pg3-before-resize")).isEqualTo("192.168.125.13");
        assertThat(graph.script("course-etcd2-before-resize")).contains("\nETCD='192.168.125.79'\n", "\nRESIZE='1'\n");
        assertThat(graph.script("course-pg1-before-resize")).contains("\nETCD=''\n",
                "\nMEMBERS='course-pg1,course-pg2,course-pg3'\n", "\nSCOPE='/service/pgha/'\n",
                "\nDIARY='/pgha/pgha/resize/'\n");
    }

    @Test
    void theNextUpHasTheSameTurns() throws IOException {
        var resized = Graph.up(allLarger(), Graph.up(LabConfig.dev(), Map.of()).machines());
        var next = Graph.up(allLarger(), resized.machines());
        assertThat(next.listed()).isEqualTo(resized.listed());
        assertThat(turns(next)).hasSize(2 * MACHINES.size()).allSatisfy(turn -> {
            assertThat(next.script(turn)).isEqualTo(resized.script(turn));
            assertThat(at(next, turn)).isEqualTo(at(resized, turn));
        });
        assertThat(next.machines().get("hosts").toString().replaceAll("ssh-ed25519 [^,}]*", ""))
                .isEqualTo(resized.machines().get("hosts").toString().replaceAll("ssh-ed25519 [^,}]*", ""));
    }

    @Test
    void whoGetsNoOtherSizeHasNoTurn() throws IOException {
        var first = Graph.up(LabConfig.dev(), Map.of());
        assertThat(Graph.up(LabConfig.dev(), first.machines()).listed()).isEqualTo(first.listed());
        var config = larger("etcdHosts[2]", "postgresHosts[1]").with("postgresHosts[0].diskGb", "30");
        var graph = Graph.up(config, first.machines());
        assertThat(turns(graph)).containsExactlyInAnyOrder("course-etcd3-before-resize", "course-etcd3-after-resize",
                "course-pg2-before-resize", "course-pg2-after-resize");
        assertThat(graph.before("course-pg2")).contains("course-etcd3-after-resize");
        for (String other : List.of("course-etcd1", "course-etcd2", "course-pg1", "course-pg3")) {
            assertThat(graph.before(other)).noneMatch(name -> name.endsWith("-resize"));
        }
        assertThat(resizes(graph, "course-pg1")).isEqualTo(0);
    }

    @Test
    void machinesRestartInTurnsForTheGuestAgent() throws IOException {
        var first = Graph.up(LabConfig.dev(), Map.of());
        var graph = Graph.up(LabConfig.dev().with("guestAgent", "true"), first.machines());
        assertThat(turns(graph)).hasSize(2 * MACHINES.size());
        assertThat(turns(Graph.up(LabConfig.dev().with("guestAgent", "true"), Graph.up(
                LabConfig.dev().with("guestAgent", "true"), Map.of()).machines()))).isEmpty();
    }

    @Test
    void machinesOfAnOlderVersionRestartInTurnsForOtherHardware() throws IOException {
        var outputs = Graph.up(LabConfig.dev(), Map.of()).machines();
        var hosts = new TreeMap<Object, Object>();
        ((Map<?, ?>) outputs.get("hosts")).forEach((name, host) -> {
            var older = new HashMap<Object, Object>((Map<?, ?>) host);
            List.of("hardware", "guestAgent", "resizes").forEach(older::remove);
            hosts.put(name, older);
        });
        var graph = Graph.up(LabConfig.dev(), Map.of("clusterName", outputs.get("clusterName"), "hosts", hosts));
        assertThat(turns(graph)).hasSize(2 * MACHINES.size());
        assertThat(graph.before("course-pg3")).contains("course-pg2-after-resize");
    }

    @Test
    void whatIsTakenBackHasItsTurnsToo() throws IOException {
        var resized = Graph.up(allLarger(), Graph.up(LabConfig.dev(), Map.of()).machines());
        var back = Graph.up(LabConfig.dev(), resized.machines());
        assertThat(turns(back)).isEqualTo(turns(resized));
        assertThat(resizes(back, "course-pg1")).isEqualTo(2);
        assertThat(back.script("course-pg1-after-resize")).contains("\nRESIZE='2'\n");
        // An `up` that was to change them once more, and stopped half way, is taken back in turns as well.
        assertThat(Graph.up(allLarger(), resized.machines()).before("course-pg3")).contains("course-pg2-after-resize");
    }

    @Test
    void aMachineThatIsBuiltAnewHasNoTurn() throws IOException {
        var config = larger("postgresHosts[1]").with("postgresHosts[1].rebuild", "1");
        var graph = Graph.up(config, Graph.up(LabConfig.dev(), Map.of()).machines());
        assertThat(turns(graph)).isEmpty();
        assertThat(graph.before("course-pg2")).contains("course-pg2-give-way");
    }

    @Test
    void whoComesDoesntWait() throws IOException {
        var config = allLarger().with("postgresHosts[3]", "{name: course-pg4, address: 192.168.124.230/23, vmId: 114}");
        var graph = Graph.up(config, Graph.up(LabConfig.dev(), Map.of()).machines());
        assertThat(graph.before("course-pg4")).noneMatch(name -> name.endsWith("-resize"));
        assertThat(graph.before("course-pg4-patroni")).contains("course-pg3-after-resize");
        assertThat(graph.script("course-pg1-before-resize")).doesNotContain("course-pg4");
    }

    @Test
    void whatTurnsAreForIsNotTiedToAMachine() throws IOException {
        var graph = Graph.up(allLarger(), Graph.up(LabConfig.dev(), Map.of()).machines());
        assertThat(turns(graph)).hasSize(2 * MACHINES.size()).allSatisfy(turn ->
                assertThat(graph.script(turn)).startsWith("# On the machine that is there\n"));
    }
}
