package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.test.PulumiTest;
import io.github.pgha.host.HostScript;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code host/purge}, in a folder that stands for a host's root: it forgets no file that any script puts on a host. */
class PurgeTest {
    private static final Pattern PUT = Pattern.compile("^pgha_put '([^']+)'", Pattern.MULTILINE);
    private static final Pattern OUTSIDE = Pattern.compile("(?<=[ =\"])/(etc|var|usr/local|root|run)(?=/)");
    /** What would look at this machine, or change it. Nothing runs. */
    private static final String NOTHING_RUNS = """
            systemctl() { [ "$1" != cat ]; }
            nft() { return 1; }
            getent() { return 1; }
            id() { echo 0; }
            """;

    @TempDir Path root;

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Set<String> filesOfAllScripts() throws IOException {
        var graph = Graph.of(App::stack, false, LabConfig.hosts().all());
        graph.result().throwOnError();
        var files = new TreeSet<String>();
        graph.ofType("command:remote:Command").forEach(command -> PUT
                .matcher(Graph.plain(command.getObject().getFieldsOrThrow("stdin")).getStringValue())
                .results().forEach(put -> files.add(put.group(1))));
        return files;
    }

    private String purge(String cluster) throws Exception {
        String tool = HostScript.resource("host/purge").replaceFirst("\nmain \"\\$@\"\nexit\n$", "\n");
        String moved = OUTSIDE.matcher(tool.replaceFirst("^#!.*\n", "")).replaceAll(root + "/$1");
        // This is run by root now and then: nothing of it may mean this machine's own files.
        assertThat(moved.replace(root.toString(), "ROOT").replace("/dev/null", "NOTHING"))
                .doesNotContain(" /").doesNotContain("=/").doesNotContain("\"/").doesNotContain("main \"$@\"");
        Process bash = new ProcessBuilder("bash", "-s").redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write((moved + NOTHING_RUNS + "main " + cluster + "\n").getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    private Set<String> left() throws IOException {
        try (var files = Files.walk(root)) {
            return new TreeSet<>(files.filter(Files::isRegularFile)
                    .map(file -> "/" + root.relativize(file)).toList());
        }
    }

    private void put(String path, String text) throws IOException {
        Path file = root.resolve(path.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void itForgetsNoFileOfAnyScript() throws Exception {
        Set<String> files = filesOfAllScripts();
        assertThat(files).hasSizeGreaterThan(40).contains("/etc/patroni/config.d/20-secrets.yml", "/etc/default/etcd");
        for (String path : files) {
            put(path, "# Written by pgha: changes made by hand are lost.\n");
        }
        put("/var/lib/pgha/owner", "shop db-pg1 0123456789abcdef\n");
        put("/var/lib/postgresql/17/pgha/PG_VERSION", "17\n");
        put("/var/lib/etcd/pgha/member/snap/db", "");
        put("/etc/patroni/dcs.yml", "the package's own\n");
        put("/etc/hosts", "127.0.0.1 localhost\n");
        assertThat(purge("shop")).contains("the cluster 'shop' is removed from ");
        assertThat(left()).containsExactly("/etc/hosts", "/etc/patroni/dcs.yml");
    }

    @Test
    void anotherClusterIsLeftAlone() throws Exception {
        put("/var/lib/pgha/owner", "shop db-pg1 0123456789abcdef\n");
        put("/var/lib/postgresql/17/pgha/PG_VERSION", "17\n");
        assertThat(purge("shops")).contains("this host belongs to the cluster 'shop', not to 'shops': nothing is removed");
        assertThat(left()).contains("/var/lib/postgresql/17/pgha/PG_VERSION");
    }

    @Test
    void aHostWithoutAnOwnerIsLeftAlone() throws Exception {
        put("/var/lib/postgresql/17/pgha/PG_VERSION", "17\n");
        assertThat(purge("shop")).contains("nothing of a cluster is on this host");
        assertThat(left()).contains("/var/lib/postgresql/17/pgha/PG_VERSION");
    }
}
