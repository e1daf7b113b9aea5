package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.pulumi.test.PulumiTest;
import io.github.pgha.rules.InvalidInputException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the next run knows after one that was limited by {@code --target} or {@code --exclude}. */
class PartialRunTest {
    private static final String FIREWALL = "course-etcd3-firewall";

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Graph cluster() throws IOException {
        return Graph.up(LabConfig.dev(), Map.of());
    }

    private static LabConfig rebuild(int... members) throws IOException {
        var config = LabConfig.dev();
        for (int member : members) {
            config.with("postgresHosts[%d].rebuild".formatted(member), "1");
        }
        return config;
    }

    private static Object host(Map<String, Object> outputs, String name, String key) {
        return ((Map<?, ?>) ((Map<?, ?>) outputs.get("hosts")).get(name)).get(key);
    }

    /** The engine has one kind of number. */
    private static JsonElement json(Object outputs) {
        return new Gson().toJsonTree(outputs);
    }

    private static void check(LabConfig wanted, Map<String, Object> outputs) {
        FormerCluster.of(outputs.get("clusterName"), outputs.get("hosts"), outputs.get("authorities"), null,
                outputs.get("lastUp"), text -> {}).orElseThrow().check(wanted.settings().cluster());
    }

    @Test
    void aRebuildThatWasLeftOutStaysToBeDone() throws IOException {
        Graph whole = cluster();
        var outputs = whole.upOnly(rebuild(0), FIREWALL::equals).outputs();
        assertThat(json(outputs)).isEqualTo(json(whole.outputs()));
        assertThat(((Number) host(outputs, "course-pg1", "rebuild")).intValue()).isZero();
        assertThatThrownBy(() -> check(rebuild(0, 1), outputs)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("'course-pg1' and 'course-pg2' must not go or be built anew in one `up`");
        assertThatCode(() -> check(LabConfig.dev(), outputs)).doesNotThrowAnyException();
    }

    @Test
    void aMachineThatWasExcludedAloneIsWhatItWas() throws IOException {
        Graph whole = cluster();
        var outputs = whole.upOnly(rebuild(0), name -> !name.equals("course-pg1")).outputs();
        assertThat(host(outputs, "course-pg1", "rebuilt")).isNull();
        assertThat(json(outputs)).isEqualTo(json(whole.outputs()));
    }

    @Test
    void aMachineThatWasReplacedAloneIsANewOne() throws IOException {
        Graph whole = cluster();
        var outputs = whole.upOnly(rebuild(0), Set.of("course-pg1", "course-pg1-give-way")::contains).outputs();
        assertThat(((Number) host(outputs, "course-pg1", "rebuild")).intValue()).isOne();
        assertThat(host(outputs, "course-pg1", "rebuilt")).isNotNull();
        assertThat(outputs.get("lastUp")).isEqualTo(whole.outputs().get("lastUp"));
        assertThatCode(() -> check(rebuild(0, 1), outputs)).doesNotThrowAnyException();
    }

    @Test
    void aWholeRunTellsWhatItDid() throws IOException {
        Graph whole = cluster();
        var outputs = whole.upOnly(rebuild(0), name -> true).outputs();
        assertThat(((Number) host(outputs, "course-pg1", "rebuild")).intValue()).isOne();
        assertThat(outputs.get("lastUp")).isNotEqualTo(whole.outputs().get("lastUp"));
    }

    @Test
    void anAuthorityThatOneHostTrustsDoesNotSign() throws IOException {
        Graph whole = cluster();
        var both = LabConfig.dev().with("caTrust[0]", "1").with("caTrust[1]", "2");
        var outputs = whole.upOnly(both, name -> name.startsWith("course-pg1") || name.startsWith("pgha-ca-")).outputs();
        assertThat(json(outputs.get("authorities"))).isEqualTo(json(whole.outputs().get("authorities")));
        var signs = LabConfig.dev().with("caTrust[0]", "1").with("caTrust[1]", "2").with("caSign", "2");
        assertThatThrownBy(() -> check(signs, outputs)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("caSign '2' must be one that all hosts trust since the last `up`");
        assertThatCode(() -> check(signs, whole.upOnly(both, name -> true).outputs())).doesNotThrowAnyException();
    }

    @Test
    void aBalancerThatStayedIsOne() throws IOException {
        Graph whole = cluster();
        var one = LabConfig.dev().with("balancerHosts[0]", "course-etcd1").with("balancerHosts[1]", "course-etcd3");
        var outputs = whole.upOnly(one, FIREWALL::equals).outputs();
        assertThat(host(outputs, "course-etcd2", "roles")).isEqualTo(List.of("etcd", "balancer"));
    }
}
