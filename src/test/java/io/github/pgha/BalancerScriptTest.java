package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.test.PulumiTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A balancer's script, in a folder that stands for a host's root, with services that tell what they are told. */
class BalancerScriptTest {
    private static final String HAPROXY = "/etc/haproxy/haproxy.cfg";
    private static final String KEEPALIVED = "/etc/keepalived/keepalived.conf";
    private static final String GOOD = "\n# From here on: haproxyExtra.\nlisten other\n    bind *:9000\n";
    private static final String BAD = GOOD + "    nonsense\n";
    private static final Pattern OUTSIDE = Pattern.compile("(?<![\\w.}*-])/(etc|var|usr/local|run)(?=/)");
    /** HAProxy and keepalived refuse a file with a line of nonsense. */
    private static final String SERVICES = """
            chown() { :; }
            getent() { :; }
            runuser() { :; }
            ip() {
              case $* in
                "-o -4 address show to 192.168.125.13/32")
                  echo '2: eth7    inet 192.168.125.13/23 brd 192.168.125.255 scope global eth7' ;;
                "-o -4 address show to "* | -brief*) ;;
                *) return 1 ;;
              esac
            }
            judge() {
              if grep -n nonsense "$@"; then return 1; fi
            }
            haproxy() { [ "$*" = "-c -f $3 -f $ROOT/etc/haproxy/secrets.cfg" ] && judge "$3"; }
            keepalived() { [ "$*" = "-t -f $3" ] && judge "$3"; }
            systemctl() {
              case $* in
                *enable*) ;;
                *is-active*) [ -e "$ROOT/started-${*: -1}" ] ;;
                *) echo "systemctl $*"; touch "$ROOT/started-${*: -1}" ;;
              esac
            }
            """;

    @TempDir Path root;
    private String script;

    @BeforeEach
    void renderScript() throws IOException {
        var graph = Graph.of(App::stack, false, LabConfig.dev().all());
        graph.result().throwOnError();
        script = graph.script("course-etcd1-balancer");
        put("/etc/haproxy/secrets.cfg", "");
        // What the package brings.
        put(HAPROXY, "Debian's\n");
    }

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private void put(String path, String text) throws IOException {
        Path file = root.resolve(path.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String text(String path) throws IOException {
        return Files.readString(root.resolve(path.substring(1)));
    }

    /** Runs the script with something added to a line of it. */
    private String run(String after, String added) throws Exception {
        assertThat(script).containsOnlyOnce(after);
        String moved = OUTSIDE.matcher(script.replace(after, after + added)).replaceAll(root + "/$1")
                .replaceFirst("\nset -euo pipefail\n", Matcher.quoteReplacement("\nROOT='" + root + "'\n" + SERVICES) + "$0");
        Process bash = new ProcessBuilder("bash", "-s").redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write(moved.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(bash.exitValue()).as(said).isEqualTo(said.contains("pgha: ") ? 1 : 0);
        return said;
    }

    private String haproxyWith(String extra) throws Exception {
        return run("    http-request return status 200 content-type text/plain string \"course-etcd1\"\n", extra);
    }

    private String keepalivedWith(String line) throws Exception {
        return run("vrrp_instance ", line);
    }

    private Map<String, String> files() throws IOException {
        var files = new TreeMap<String, String>();
        try (Stream<Path> all = Files.walk(root)) {
            // Which process has the lock is another one each time.
            for (Path file : all.filter(Files::isRegularFile).filter(file -> !file.endsWith("lock")).toList()) {
                files.put("/" + root.relativize(file), Files.readString(file));
            }
        }
        return files;
    }

    private Stream<String> marks() throws IOException {
        return files().keySet().stream().filter(file -> file.startsWith("/var/lib/pgha/changed/"));
    }

    @Test
    void whatIsGoodIsPutInPlaceAndTakenIn() throws Exception {
        assertThat(haproxyWith("")).contains("systemctl restart haproxy", "systemctl restart keepalived");
        assertThat(text(HAPROXY)).startsWith("# Written by pgha").contains("listen primary");
        assertThat(text(KEEPALIVED)).contains("vrrp_instance", "    interface eth7\n", " dev eth7\n").doesNotContain("INTERFACE");
        assertThat(marks()).isEmpty();
        assertThat(files().keySet()).noneMatch(file -> file.contains("wanted"));
        assertThat(haproxyWith("")).doesNotContain("restart ", "reload ");

        assertThat(haproxyWith(GOOD)).contains("systemctl reload haproxy").doesNotContain("keepalived\n");
        assertThat(text(HAPROXY)).endsWith(GOOD);
        assertThat(marks()).isEmpty();
    }

    @Test
    void whatHaproxyRefusesLeavesAllAsItWas() throws Exception {
        haproxyWith("");
        var before = files();
        // As often as it is wanted.
        for (int i = 0; i < 2; i++) {
            assertThat(haproxyWith(BAD)).contains("HAProxy refuses its configuration: ").contains(":    nonsense")
                    .doesNotContain("systemctl");
            assertThat(files()).isEqualTo(before);
        }
        assertThat(haproxyWith("")).doesNotContain("restart ", "reload ");
        assertThat(haproxyWith(GOOD)).contains("systemctl reload haproxy");
    }

    @Test
    void whatKeepalivedRefusesLeavesAllAsItWas() throws Exception {
        haproxyWith("");
        var before = files();
        assertThat(keepalivedWith("nonsense")).contains("keepalived refuses its configuration: ").doesNotContain("systemctl");
        assertThat(files()).isEqualTo(before);
        assertThat(keepalivedWith("other")).contains("systemctl reload keepalived").doesNotContain("haproxy\n");
    }

    @Test
    void withoutAnInterfaceOfItsAddressNothingIsPutInPlace() throws Exception {
        script = script.replace("ADDRESS='192.168.125.13'", "ADDRESS='192.168.125.14'");
        assertThat(haproxyWith("")).contains("address '192.168.125.14' must be on an interface of this balancer");
        assertThat(root.resolve(KEEPALIVED.substring(1))).doesNotExist();
        script = script.replace("INTERFACE=''", "INTERFACE='ens99'");
        assertThat(haproxyWith("")).contains("interface 'ens99' must be there on a balancer");
        assertThat(root.resolve(KEEPALIVED.substring(1))).doesNotExist();
    }

    @Test
    void onANewHostNothingRefusedIsPutInPlace() throws Exception {
        assertThat(haproxyWith(BAD)).contains("HAProxy refuses its configuration: ");
        assertThat(text(HAPROXY)).isEqualTo("Debian's\n");
        assertThat(root.resolve(KEEPALIVED.substring(1))).doesNotExist();
        assertThat(haproxyWith("")).contains("systemctl restart haproxy", "systemctl restart keepalived");
        assertThat(text(HAPROXY)).contains("listen primary");
        assertThat(marks()).isEmpty();
    }
}
