package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The example in YAML, which uses the cluster as a component, with the dev stack's hosts. In a sandbox of its own. */
@Tag("long")
@Order(91)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class YamlIT {
    private static final Map<String, String> ENVIRONMENT = Map.of("PGHA_SANDBOX", Lab.sandbox() + "-yaml");
    private static final Path COMPONENT = Path.of("component").toAbsolutePath();

    @TempDir
    private static Path project;

    @BeforeAll
    static void boot() throws IOException {
        run("./sandbox/stop").ok();
        run("make", "toolchain", "target/pgha.jar").ok();
        run("./toolchain/setup", "yaml").ok();
        run("./sandbox/start").ok();
        write(Map.of());
        pulumi("stack", "init", "it").ok();
    }

    @AfterAll
    static void tidy() {
        run("./sandbox/stop").ok();
    }

    private static Run run(String... command) {
        return Run.of(Lab.LONG, ENVIRONMENT, List.of(command));
    }

    /** The real Pulumi: the one that is found first in the sandbox is for the sandbox's own stack. */
    private static Run pulumi(String... arguments) {
        var command = new ArrayList<>(List.of("./sandbox/run", "bash", "-euc",
                "PATH=${PATH#*:}; export PULUMI_STACK=it; cd \"$0\"; exec pulumi --non-interactive \"$@\"",
                project.toString()));
        command.addAll(List.of(arguments));
        return Run.of(Lab.LONG, ENVIRONMENT, command);
    }

    /** The example with the dev stack's settings, and others in place of some. */
    private static void write(Map<String, Object> others) throws IOException {
        Map<String, Object> program = new Yaml().load(Files.readString(Path.of("examples/yaml/Pulumi.yaml")));
        program.put("packages", Map.of("pgha", COMPONENT.toString()));
        Map<String, Map<String, Object>> dev = new Yaml().load(Files.readString(Path.of("Pulumi.dev.yaml")));
        Map<String, Object> properties = new LinkedHashMap<>();
        dev.get("config").forEach((key, value) -> properties.put(key.substring(key.indexOf(':') + 1), value));
        properties.putAll(others);
        at(at(program, "resources"), "database").put("properties", properties);
        Files.writeString(project.resolve("Pulumi.yaml"), new Yaml().dump(program));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> at(Map<String, Object> map, String key) {
        return (Map<String, Object>) map.get(key);
    }

    @Test
    @Order(1)
    void pulumiReadsTheSchema() {
        var schema = JsonParser.parseString(pulumi("package", "get-schema", COMPONENT.toString()).ok().out());
        assertThat(schema.getAsJsonObject().getAsJsonObject("resources").keySet())
                .containsExactly("pgha:index:PostgresCluster");
    }

    @Test
    @Order(2)
    void aPreviewSaysWhatIsWrong() throws IOException {
        write(Map.of("patroniTtl", 3, "vip", "192.168.125.13/23"));
        assertThat(pulumi("preview").failed().said()).contains("2 inputs are refused:",
                "  - patroniTtl '3' must be at least 20 seconds",
                "  - vip '192.168.125.13/23' must not be the address of a host, and is that of host 'course-etcd1'")
                .doesNotContain("at io.github.pgha");
    }

    @Test
    @Order(3)
    void theClusterServes() throws IOException {
        write(Map.of());
        pulumi("up", "--yes", "--skip-preview").ok();
        JsonObject outputs = JsonParser.parseString(pulumi("stack", "output", "--json", "--show-secrets").ok().out())
                .getAsJsonObject();
        assertThat(outputs.get("vip").getAsString()).isEqualTo("192.168.125.250");
        assertThat(outputs.getAsJsonObject("members").get("course-pg1").getAsString()).isEqualTo("192.168.124.248");
        Path authority = Files.writeString(project.resolve("ca.pem"), outputs.get("caCertificate").getAsString());
        for (var side : Map.of("primaryUri", "f\n", "replicaUri", "t\n").entrySet()) {
            assertThat(run("./sandbox/run", "psql", "-XAtqc", "SELECT pg_is_in_recovery()",
                    outputs.get(side.getKey()).getAsString() + "&sslrootcert=" + authority).ok().out())
                    .isEqualTo(side.getValue());
        }
        assertThat(pulumi("stack", "output", "--json").ok().out()).doesNotContain("postgresql://");
    }

    @Test
    @Order(4)
    void aSecondUpChangesNothing() {
        pulumi("preview", "--expect-no-changes").ok();
    }

    @Test
    @Order(5)
    void whatTheClusterWasIsKnown() throws IOException {
        write(Map.of("adminUser", "other", "caTrust", List.of(2), "caSign", 2));
        assertThat(pulumi("preview").failed().said()).contains("3 inputs are refused:", "  - adminUser 'other' must stay 'pgha'",
                "  - caSign '2' must be one that all hosts trust since the last `up`", "  - caTrust '[2]' must keep 1");
    }

    @Test
    @Order(6)
    void changedInputsAreTakenIn() throws IOException {
        write(Map.of("patroniExtra", Map.of("dynamic", Map.of("primary_stop_timeout", 60)), "timing", "normal"));
        pulumi("up", "--yes", "--skip-preview").ok();
        assertThat(run("./sandbox/console", "course-pg1", "patronictl", "show-config").ok().out())
                .contains("primary_stop_timeout: 60", "loop_wait: 5");
    }

    @Test
    @Order(7)
    void destroyRemovesAll() {
        pulumi("destroy", "--yes", "--skip-preview").ok();
        assertThat(pulumi("stack", "export").ok().out()).doesNotContain("urn:pulumi:it::shop-database::");
    }
}
