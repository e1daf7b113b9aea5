package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.test.PulumiTest;
import io.github.pgha.readiness.Plan;
import io.github.pgha.readiness.RunningHost;
import io.muehlbachler.pulumi.proxmoxve.Provider;
import io.muehlbachler.pulumi.proxmoxve.ProviderArgs;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import pulumirpc.Resource.RegisterResourceRequest;

/** What an {@code up} asks the engine for while a host doesn't answer, and by what it knows whether anything changes. */
class LeftOutTest {
    private static final String COMMAND = "command:remote:Command";

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Graph without(String... hosts) throws IOException {
        PostgresClusterArgs args = LabConfig.dev().settings().cluster();
        var up = Graph.up(LabConfig.dev(), Map.of());
        var past = FormerCluster.of(up.output("clusterName"), up.output("hosts"), null, null, null, text -> {}).orElseThrow()
                .past(args, Set.of()).without(Set.of(hosts));
        PulumiTest.cleanup();
        var graph = Graph.of(ctx -> {
            var options = ComponentResourceOptions.builder().providers(new Provider("proxmox", ProviderArgs.Empty)).build();
            new PostgresCluster("pgha", args, BeforeUp.unknown(past, LastUp.of(args, past.leftOut())), new Done(), options);
        }, false, LabConfig.dev().all());
        graph.result().throwOnError();
        return graph;
    }

    private static List<String> kept(Graph graph) {
        return graph.ofType(COMMAND).stream().filter(command -> command.getIgnoreChangesList().contains("stdin"))
                .map(RegisterResourceRequest::getName).sorted().toList();
    }

    private static String at(Graph graph, String command) {
        Value connection = Graph.plain(graph.get(command).getObject().getFieldsOrThrow("connection"));
        return Graph.plain(connection.getStructValue().getFieldsOrThrow("host")).getStringValue();
    }

    @Test
    void whatAStandbyMissesWaitsUntilItIsBack() throws IOException {
        var graph = without("course-pg1");
        assertThat(graph.listed()).isEqualTo(without().listed());
        assertThat(kept(graph)).containsExactly("course-pg1-firewall", "course-pg1-patroni", "course-pg1-patroni-secrets",
                "course-pg1-prepare", "course-pg1-roll-leader", "course-pg1-roll-standby");
        // Another one judges the parameters, and proves the rest.
        assertThat(at(graph, "course-pg1-postgres-trial")).isEqualTo("192.168.124.237");
        assertThat(at(graph, "pgha-proof")).isEqualTo("192.168.124.237");
        assertThat(graph.script("pgha-proof")).contains("\nMEMBERS='192.168.124.237 192.168.124.249'\n");
        assertThat(graph.script("course-pg3-roll-leader")).contains("\nLAST='yes'\n");
        assertThat(kept(without())).isEmpty();
    }

    @Test
    void theLastOnesWorkIsDoneByAnother() throws IOException {
        var graph = without("course-pg3");
        assertThat(graph.script("course-pg2-roll-leader")).contains("\nLAST='yes'\n");
        assertThat(at(graph, "course-pg1-postgres-trial")).isEqualTo("192.168.124.248");
    }

    @Test
    void aHostOfEtcdThatIsAwayIsAskedForNothing() throws IOException {
        var graph = without("course-etcd1");
        assertThat(kept(graph)).contains("course-etcd1-prepare", "course-etcd1-etcd", "course-etcd1-balancer",
                "course-etcd1-etcd-retire")
                .allMatch(name -> name.startsWith("course-etcd1-"));
        assertThat(at(graph, "pgha-leader-stays")).isEqualTo("192.168.125.79");
        assertThat(graph.script("pgha-proof")).contains("\nETCD='192.168.125.79 192.168.125.80'\n",
                "\nBALANCERS='192.168.125.79'\n");
    }

    private static LastUp lastUp(LabConfig config, String... without) {
        return LastUp.of(config.settings().cluster(), Set.of(without));
    }

    private static Plan plan(LabConfig config, LastUp last, String... away) {
        return BeforeUp.plan(config.settings().cluster(), List.<RunningHost>of(), Optional.ofNullable(last), lastUp(config,
                away));
    }

    @Test
    void sameInputsHaveTheSameText() throws IOException {
        LastUp first = lastUp(LabConfig.dev());
        assertThat(lastUp(LabConfig.dev())).hasToString(first.toString());
        assertThat(LastUp.parse(first.toString())).contains(first);
        assertThat(LastUp.parse(lastUp(LabConfig.dev(), "b", "a").toString()).orElseThrow().without()).containsExactly("a", "b");
        assertThat(LastUp.parse(null)).isEmpty();
        assertThat(LastUp.parse("rubbish")).isEmpty();
        var one = new LinkedHashMap<String, Object>();
        var other = new LinkedHashMap<String, Object>();
        for (int i = 0; i < 20; i++) {
            one.put("k" + i, Optional.of(i));
            other.put("k" + (19 - i), Optional.of(19 - i));
        }
        assertThat(LastUp.text(one)).isEqualTo(LastUp.text(other));
        assertThat(LastUp.text(List.of(Output.ofSecret("s3cret"), 1))).isEqualTo("[,'1']");
    }

    @Test
    void whatChangesIsKnown() throws IOException {
        LastUp last = lastUp(LabConfig.dev());
        assertThat(plan(LabConfig.dev(), last)).returns(false, Plan::changes).returns(false, Plan::everywhere)
                .returns(false, Plan::mends);
        assertThat(plan(LabConfig.dev().with("postgresParameters.work_mem", "16MB"), last)).returns(true, Plan::changes)
                .returns(false, Plan::everywhere).returns(false, Plan::mends);
        assertThat(plan(LabConfig.dev().with("repair", "1"), last)).returns(true, Plan::changes)
                .returns(false, Plan::everywhere).returns(true, Plan::mends);
        assertThat(plan(LabConfig.dev().with("rotation", "2"), last)).returns(true, Plan::everywhere);
        assertThat(plan(LabConfig.dev().with("update", "1"), last)).returns(true, Plan::everywhere);
        // Of a version that told nothing.
        assertThat(plan(LabConfig.dev(), null)).returns(true, Plan::changes).returns(true, Plan::everywhere);
    }

    @Test
    void whoIsBackHasSomethingToGet() throws IOException {
        LastUp last = lastUp(LabConfig.dev(), "course-pg3");
        assertThat(plan(LabConfig.dev(), last).changes()).isTrue();
        assertThat(plan(LabConfig.dev(), last, "course-pg3").changes()).isFalse();
        assertThat(plan(LabConfig.dev(), lastUp(LabConfig.dev()), "course-pg3").changes()).isFalse();
    }
}
