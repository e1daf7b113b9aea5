package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.core.Output;
import com.pulumi.test.PulumiTest;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the program asks the engine for when machines are built anew. */
class RebuildTest {
    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Graph up(LabConfig config, Map<String, Object> former) {
        var graph = Graph.of(App::stack, false, config.all(), former);
        graph.result().throwOnError();
        return graph;
    }

    /** What the next {@code up} knows of this one. */
    private static Map<String, Object> outputs(Graph graph) {
        return Stream.of("clusterName", "hosts").collect(Collectors.toMap(name -> name,
                name -> PulumiTest.extractValue((Output<?>) graph.result().outputs().get(name))));
    }

    private static LabConfig rebuilt(String host) throws IOException {
        return LabConfig.dev().with(host + ".rebuild", "1");
    }

    @Test
    void aMemberOfEtcdGoesIfAnotherOneLetsIt() throws IOException {
        var graph = up(rebuilt("etcdHosts[0]"), outputs(up(LabConfig.dev(), Map.of())));
        assertThat(graph.before("course-etcd1")).contains("course-etcd1-give-way");
        assertThat(graph.script("course-etcd1-give-way"))
                .contains("\nHOST='course-etcd1'\n", "\nETCD='192.168.125.13'\n", "majority_without");
        // Nothing that this machine, or the one that answers, would have to be made for first.
        assertThat(graph.before("course-etcd1-give-way")).doesNotContain("course-etcd1", "course-etcd2");
    }

    @Test
    void inANewClusterNobodyIsAsked() throws IOException {
        var graph = up(rebuilt("etcdHosts[0]").with("etcdHosts[1].rebuild", "3"), Map.of());
        assertThat(graph.before("course-etcd1")).doesNotContain("course-etcd1-give-way");
        var next = up(rebuilt("etcdHosts[0]").with("etcdHosts[1].rebuild", "3"), outputs(graph));
        assertThat(next.listed()).isEqualTo(graph.listed());
    }

    @Test
    void theNextUpAsksNobodyAgain() throws IOException {
        for (String host : new String[] {"etcdHosts[2]", "postgresHosts[1]"}) {
            String asks = host.startsWith("etcd") ? "course-etcd3-give-way" : "course-pg2-give-way";
            var first = up(rebuilt(host), outputs(up(LabConfig.dev(), Map.of())));
            var next = up(rebuilt(host), outputs(first));
            assertThat(next.listed()).isEqualTo(first.listed());
            assertThat(next.script(asks)).isEqualTo(first.script(asks));
            assertThat(up(rebuilt(host), outputs(next)).script(asks)).isEqualTo(first.script(asks));
        }
    }

    /** Whoever was let go may lead again by the time that somebody tries once more. */
    @Test
    void anUpThatFailedIsFollowedByOneThatAsksAgain() throws IOException {
        var before = outputs(up(LabConfig.dev(), Map.of()));
        for (String host : new String[] {"etcdHosts[2]", "postgresHosts[1]"}) {
            String asks = host.startsWith("etcd") ? "course-etcd3-give-way" : "course-pg2-give-way";
            assertThat(up(rebuilt(host), before).script(asks)).isNotEqualTo(up(rebuilt(host), before).script(asks));
        }
    }

    @Test
    void whoWasBuiltAnewByAnOlderVersionIsNotAskedAgain() throws IOException {
        var outputs = outputs(up(rebuilt("postgresHosts[1]"), outputs(up(LabConfig.dev(), Map.of()))));
        var hosts = new TreeMap<Object, Object>();
        ((Map<?, ?>) outputs.get("hosts")).forEach((name, host) -> {
            var older = new HashMap<Object, Object>((Map<?, ?>) host);
            older.remove("rebuilt");
            hosts.put(name, older);
        });
        var graph = up(rebuilt("postgresHosts[1]"), Map.of("clusterName", outputs.get("clusterName"), "hosts", hosts));
        assertThat(graph.script("course-pg2-give-way")).contains("\nREBUILD='1'\n");
    }
}
