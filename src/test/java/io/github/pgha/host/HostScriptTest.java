package io.github.pgha.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostScriptTest {
    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "it's", "$HOME `id` $(id)", "a\nb", "%s \\n \"x\"", "Grüße"})
    void quotedValueStandsForItselfInTheShell(String value) throws Exception {
        assertThat(shell("printf %s " + HostScript.quoted(value))).isEqualTo(value);
    }

    @Test
    void libraryThenVariablesThenFilesThenScript() {
        String text = HostScript.of("host/prepare.sh")
                .variable("PACKAGES", "etcd-server curl")
                .file(new HostFile("/etc/x", "root:root", "0644", "one\n$two"))
                .render();
        assertThat(text).startsWith("# Functions that every script").contains("""
                PACKAGES='etcd-server curl'
                pgha_put '/etc/x' 'root:root' 0644 <<'PGHA_END_OF_FILE'
                one
                $two
                PGHA_END_OF_FILE
                # Installs what the host's roles""");
    }

    @Test
    void scriptsFollowEachOther() {
        assertThat(HostScript.of("etcd/etcd.sh").then("patroni/secrets.sh").render())
                .endsWith(HostScript.resource("etcd/etcd.sh") + HostScript.resource("patroni/secrets.sh"));
    }

    @Test
    void fileIsPutOnceAndItsMarkStaysUntilItIsApplied() throws Exception {
        String put = "pgha_put " + directory.resolve("f") + " $(id -un):$(id -gn) 0640 <<<hello\n";
        String state = "pgha_changed " + directory.resolve("f") + " && echo changed || echo same\n";
        String applied = "pgha_applied " + directory.resolve("f") + "\n";
        assertThat(shell(library() + put + state)).isEqualTo("changed\n");
        assertThat(shell(library() + put + state + applied + put + state)).isEqualTo("changed\nsame\n");
        assertThat(directory.resolve("f")).hasContent("hello");
        assertThat(Files.getPosixFilePermissions(directory.resolve("f")).toString()).contains("GROUP_READ");
        try (var files = Files.list(directory)) {
            assertThat(files.filter(f -> f.toString().contains(".pgha."))).isEmpty();
        }
    }

    @Test
    void whatIsPutIsNotedUntilItIsRemoved() throws Exception {
        String owner = shell("printf %s $(id -un):$(id -gn)");
        String list = "cat " + directory.resolve("state/files") + "/*\n";
        Path folder = directory.resolve("d");
        String put = "pgha_put " + folder + "/f " + owner + " 0640 <<<hello\n"
                + "pgha_put " + folder + "/g " + owner + " 0600 </dev/null\n"
                + "pgha_put " + directory.resolve("dd") + " " + owner + " 0600 <<<hello\n";
        String hello = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        String nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        String f = hello + " 0640 " + owner + " " + folder + "/f\n";
        String g = nothing + " 0600 " + owner + " " + folder + "/g\n";
        String dd = hello + " 0600 " + owner + " " + directory.resolve("dd") + "\n";
        assertThat(shell(library() + put + put + list).lines())
                .containsExactlyInAnyOrderElementsOf((f + g + dd).lines().toList());
        assertThat(Files.getPosixFilePermissions(directory.resolve("state")).toString())
                .doesNotContain("GROUP", "OTHERS");

        // What somebody has taken away already is removed from the list as well.
        Files.delete(folder.resolve("g"));
        String changed = "pgha_changed " + folder + "/f || echo same\n";
        assertThat(shell(library() + "pgha_remove " + folder + "/\n" + list + changed)).isEqualTo(dd + "same\n");
        assertThat(folder).doesNotExist();
        String remove = "pgha_remove " + directory.resolve("dd") + "\nls " + directory.resolve("state/files");
        assertThat(shell(library() + remove)).isEmpty();
    }

    @Test
    void awaitSaysWhatWasMissing() throws Exception {
        assertThat(shell(library() + "pgha_await 1 'the moon' sh -c 'echo dark; exit 1' || true"))
                .contains("the moon: not within 1 s; last said: dark");
    }

    @Test
    void refusesWhatCannotBeSent() {
        assertThatThrownBy(() -> HostScript.of("host/prepare.sh").variable("a b", "x"))
                .hasMessageContaining("variable name 'a b'");
        assertThatThrownBy(() -> new HostFile("etc/x", "root:root", "0644", ""))
                .hasMessage("path 'etc/x': must be absolute");
        assertThatThrownBy(() -> new HostFile("/etc/x", "root:root", "644", ""))
                .hasMessage("mode '644' of /etc/x: must be four octal digits");
        assertThatThrownBy(() -> HostScript.of("host/prepare.sh")
                .file(new HostFile("/x", "root:root", "0644", "a\0")).render())
                .hasMessage("file /x may not hold a NUL character");
    }

    /** The library with its state under the test's own folder. */
    private String library() throws IOException {
        try (var in = getClass().getResourceAsStream("lib.sh")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("pgha_state=/var/lib/pgha", "pgha_state=" + directory.resolve("state"));
        }
    }

    private static String shell(String script) throws Exception {
        Process bash = new ProcessBuilder("bash", "-s").redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write(script.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said;
    }
}
