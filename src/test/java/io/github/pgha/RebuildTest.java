package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.test.PulumiTest;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the program asks the engine for when machines are built anew. */
class RebuildTest {
    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static LabConfig rebuilt(String host) throws IOException {
        return LabConfig.dev().with(host + ".rebuild", "1");
    }

    @Test
    void aMemberOfEtcdGoesIfAnotherOneLetsIt() throws IOException {
        var graph = Graph.up(rebuilt("etcdHosts[0]"), Graph.up(LabConfig.dev(), Map.of()).machines());
        assertThat(graph.before("course-etcd1")).contains("course-etcd1-give-way");
        assertThat(graph.script("course-etcd1-give-way"))
                .contains("\nHOST='course-etcd1'\n", "\nETCD='192.168.125.13'\n", "majority_without");
        // Nothing that this machine, or the one that answers, would have to be made for first.
        assertThat(graph.before("course-etcd1-give-way")).doesNotContain("course-etcd1", "course-etcd2");
    }

    @Test
    void aMachineThatCouldNotBeMadeAgainIsNotRemoved() throws IOException {
        var before = Graph.up(LabConfig.dev(), Map.of()).machines();
        var lacking = rebuilt("postgresHosts[1]").with("vmDatastore", "nowhere").with("proxmoxPool", "mine");
        assertThat(Graph.of(App::stack, false, lacking.all(), before).result().exceptions()).last()
                .extracting(Throwable::getMessage).asString().contains("2 inputs are refused:",
                "proxmoxPool 'mine' must be a pool",
                        "vmDatastore 'nowhere' must be a datastore of node 'pve2'");
        // By an `up` that makes none again nobody is asked.
        Graph.up(LabConfig.dev().with("vmDatastore", "nowhere"), before);
    }

    @Test
    void inANewClusterNobodyIsAsked() throws IOException {
        var graph = Graph.up(rebuilt("etcdHosts[0]").with("etcdHosts[1].rebuild", "3"), Map.of());
        assertThat(graph.before("course-etcd1")).doesNotContain("course-etcd1-give-way");
        var next = Graph.up(rebuilt("etcdHosts[0]").with("etcdHosts[1].rebuild", "3"), graph.machines());
        assertThat(next.listed()).isEqualTo(graph.listed());
    }

    @Test
    void theNextUpAsksNobodyAgain() throws IOException {
        for (String host : new String[] {"etcdHosts[2]", "postgresHosts[1]"}) {
            String asks = host.startsWith("etcd") ? "course-etcd3-give-way" : "course-pg2-give-way";
            var first = Graph.up(rebuilt(host), Graph.up(LabConfig.dev(), Map.of()).machines());
            var next = Graph.up(rebuilt(host), first.machines());
            assertThat(next.listed()).isEqualTo(first.listed());
            assertThat(next.script(asks)).isEqualTo(first.script(asks));
            assertThat(Graph.up(rebuilt(host), next.machines()).script(asks)).isEqualTo(first.script(asks));
        }
    }

    /** Whoever was let go may lead again by the time that somebody tries once more. */
    @Test
    void anUpThatFailedIsFollowedByOneThatAsksAgain() throws IOException {
        var before = Graph.up(LabConfig.dev(), Map.of()).machines();
        for (String host : new String[] {"etcdHosts[2]", "postgresHosts[1]"}) {
            String asks = host.startsWith("etcd") ? "course-etcd3-give-way" : "course-pg2-give-way";
            assertThat(Graph.up(rebuilt(host), before).script(asks)).isNotEqualTo(Graph.up(rebuilt(host), before).script(asks));
        }
    }

    @Test
    void whoWasBuiltAnewByAnOlderVersionIsNotAskedAgain() throws IOException {
        var outputs = Graph.up(rebuilt("postgresHosts[1]"), Graph.up(LabConfig.dev(), Map.of()).machines()).machines();
        var hosts = new TreeMap<Object, Object>();
        ((Map<?, ?>) outputs.get("hosts")).forEach((name, host) -> {
            var older = new HashMap<Object, Object>((Map<?, ?>) host);
            older.remove("rebuilt");
            hosts.put(name, older);
        });
        var graph = Graph.up(rebuilt("postgresHosts[1]"), Map.of("clusterName", outputs.get("clusterName"), "hosts", hosts));
        assertThat(graph.script("course-pg2-give-way")).contains("\nREBUILD='1'\n");
    }
}
