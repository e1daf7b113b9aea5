package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.Context;
import com.pulumi.test.PulumiTest;
import io.github.pgha.proxmox.Site;
import io.github.pgha.secret.SshKeyPair;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in {@code examples/}, compiled as they are and run with an engine that makes nothing. */
class ExampleTest {
    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    @Test
    void aProgramOfOnesOwnAsksForACluster(@TempDir Path classes) throws Exception {
        var graph = run("library", "shop", classes, Map.of());
        assertThat(graph.ofType("proxmoxve:index/vmLegacy:VmLegacy")).hasSize(6);
        assertThat(graph.get("shop-proof").getParent()).endsWith("::shop");
        assertThat(graph.result().outputs())
                .containsOnlyKeys("clusterName", "hosts", "authorities", "lastUp", "adminPrivateKey", "primaryUri", "replicaUri",
                        "caCertificate");
    }

    @Test
    void oneOnHostsOfOnesOwnAsksForNothingOfProxmox(@TempDir Path classes) throws Exception {
        String key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKaTTxxlZnNFV38C2SeRV8vbBe2SHxQeHmBgXWRuU+bT";
        String hostKeys = Stream.of("etcd1", "etcd2", "etcd3", "pg1", "pg2", "pg3")
                .map(name -> "\"lab-" + name + "\": \"" + key + "\"")
                .collect(Collectors.joining(", ", "{", "}"));
        var graph = run("own-hosts", "lab", classes,
                Map.of("pgha-lab:privateKey", SshKeyPair.generate(), "pgha-lab:hostKeys", hostKeys));
        assertThat(graph.all()).noneMatch(request -> request.getType().contains("proxmox"));
        assertThat(graph.before("lab-proof")).contains("lab-etcd1-claim", "lab-pg3-patroni");
        assertThat(graph.result().outputs())
                .containsOnlyKeys("clusterName", "hosts", "authorities", "lastUp", "adminPrivateKey", "primaryUri", "replicaUri",
                        "caCertificate");
    }

    private static Graph run(String example, String place, Path classes, Map<String, String> config) throws Exception {
        var source = Path.of("examples", example, "src/main/java", place, "Main.java");
        var said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(said, files, null,
                    List.of("-d", classes.toString(), "--release", "17", "-Xlint:all,-processing", "-Werror"), null,
                    files.getJavaFileObjects(source)).call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
        try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            Method stack = loader.loadClass(place + ".Main").getDeclaredMethod("stack", Context.class);
            stack.setAccessible(true);
            var graph = Graph.of(ctx -> call(stack, ctx), true, config);
            graph.result().throwOnError();
            return graph;
        }
    }

    @Test
    void aSitesDefaultsAreTheProgramsOwn() throws IOException {
        var schema = LabConfig.schema();
        assertThat(Site.of("10.0.0.1", List.of("10.0.0.2"))).isEqualTo(new Site(text(schema, "imageUrl"),
                Optional.of(text(schema, "imageChecksum")).filter(sum -> !sum.isEmpty()), text(schema, "imageDatastore"),
                text(schema, "snippetDatastore"), text(schema, "vmDatastore"), text(schema, "bridge"), "10.0.0.1",
                List.of("10.0.0.2"), text(schema, "adminUser"), List.of(),
                Optional.of(text(schema, "aptProxy")).filter(proxy -> !proxy.isEmpty()),
                (Boolean) schema.get("guestAgent").get("default")));
    }

    private static String text(Map<String, Map<String, Object>> schema, String key) {
        return (String) schema.get(key).get("default");
    }

    private static void call(Method method, Context ctx) {
        try {
            method.invoke(null, ctx);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
