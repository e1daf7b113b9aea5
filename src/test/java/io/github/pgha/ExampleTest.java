package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.Context;
import com.pulumi.test.PulumiTest;
import io.github.pgha.proxmox.Site;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of {@code examples/library}, compiled as it is and run with an engine that makes nothing. */
class ExampleTest {
    private static final Path SOURCE = Path.of("examples/library/src/main/java/shop/Main.java");

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    @Test
    void aProgramOfOnesOwnAsksForACluster(@TempDir Path classes) throws Exception {
        var said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(said, files, null,
                    List.of("-d", classes.toString(), "--release", "17", "-Xlint:all,-processing", "-Werror"), null,
                    files.getJavaFileObjects(SOURCE)).call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
        try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            Method stack = loader.loadClass("shop.Main").getDeclaredMethod("stack", Context.class);
            stack.setAccessible(true);
            var graph = Graph.of(ctx -> call(stack, ctx), true, Map.of());
            graph.result().throwOnError();
            assertThat(graph.ofType("proxmoxve:index/vmLegacy:VmLegacy")).hasSize(6);
            assertThat(graph.get("shop-proof").getParent()).endsWith("::shop");
            assertThat(graph.result().outputs()).containsOnlyKeys("primaryUri", "replicaUri", "caCertificate");
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
