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
    void whatIsPrintedIsTextInLinesThatTheProviderTakes() throws Exception {
        // A character in two pieces, then bytes that are none, at the end half of one, and a surrogate.
        assertThat(shell(library() + "printf '\\342\\202'; printf '\\254 \\360\\237\\230\\200'")).isEqualTo("€ 😀");
        assertThat(shell(library() + "printf 'a\\377b\\300\\257c\\355\\240\\200'; printf 'é\\303' >&2")
                .chars().filter(c -> c == '\uFFFD')).hasSize(7);
        String line = shell(library() + "head -c 200000 /dev/zero | tr '\\0' x; echo; echo end");
        assertThat(line.lines().mapToInt(String::length)).allMatch(length -> length <= 60000);
        assertThat(line.replace("\n", "")).isEqualTo("x".repeat(200000) + "end");
        assertThat(shell(library() + "head -c 100000 /dev/zero | tr '\\0' '\\377'").lines().mapToInt(l -> l.getBytes().length))
                .allMatch(length -> length <= 60000);
    }

    @Test
    void whatIsPrintedComesAtOnceAndWholeWithTheStatus() throws Exception {
        Path gate = directory.resolve("gate");
        Process bash = start(library() + "mkfifo " + gate + "\necho ready\nread -r line <" + gate
                + "\nprintf 'no end of line'; trap 'echo \", $line\"' EXIT; exit 3");
        try (var said = bash.inputReader()) {
            assertThat(said.readLine()).isEqualTo("ready");
            Files.writeString(gate, "go on\n");
            assertThat(said.readLine()).isEqualTo("no end of line, go on");
            assertThat(said.readLine()).isNull();
        }
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(bash.exitValue()).isEqualTo(3);
        for (int status : new int[] {0, 1, 124, 255}) {
            assertThat(start("pgha_limit=60\n" + library() + "exit " + status).waitFor()).isEqualTo(status);
        }
    }

    @Test
    void aScriptIsStoppedAtItsLimitAndItsChildrenToo() throws Exception {
        // The end of what it prints comes only when nobody is left who could print.
        Process bash = start("pgha_limit=1\n" + library() + "bash -c 'exec tail -f /dev/null'\necho on");
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor()).isEqualTo(124);
        assertThat(said).contains("the script was stopped, since it must end within 1 s").doesNotContain("on\n");
    }

    @Test
    void whatStandsBeforeTheLibraryReachesTheScriptButNotItsChildren() throws Exception {
        assertThat(shell("REPAIR=3\npgha_limit=60\n" + library()
                + "echo \"$REPAIR,${UPDATE:-none}\"; bash -c 'echo \"${REPAIR:-nothing}\"'")).isEqualTo("3,none\nnothing\n");
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

    private static Process start(String script) throws IOException {
        Process bash = new ProcessBuilder("bash", "-s").redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write(script.getBytes(StandardCharsets.UTF_8));
        }
        return bash;
    }

    private static String shell(String script) throws Exception {
        Process bash = start(script);
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    @Test
    void aCheckoutOnWindowsMakesNoDifference() {
        assertThat(HostScript.resource("crlf.sh")).isEqualTo("first\nsecond\n");
    }
}
