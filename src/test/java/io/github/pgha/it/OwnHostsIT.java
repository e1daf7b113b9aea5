package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A cluster on hosts that exist already and know nothing of cloud-init, reached through a jump host only: its whole life,
 * and both of its ends. In a sandbox of its own.
 */
@Tag("long")
@Order(90)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnHostsIT {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PGHA_SANDBOX", Lab.sandbox() + "-own", "PULUMI_STACK", "own");
    private static final List<String> HOSTS =
            List.of("own-etcd1", "own-etcd2", "own-etcd3", "own-pg1", "own-pg2", "own-pg3");
    private static final Duration SHORT = Duration.ofMinutes(3);
    private static final String JUMP = "--jump";
    private static final String ON_DESTROY = "existingHosts.onDestroy: purge";
    private static final String PURGE_CLUSTER = "existingHosts.purgeCluster: own";

    @BeforeAll
    static void boot() {
        run("./sandbox/stop").ok();
        run("make", "toolchain", "target/pgha.jar", "drills/target/pgha-drills.jar").ok();
        run("./sandbox/hosts").ok();
        run("./sandbox/hosts", "own-jump=192.168.125.190/23=512").ok();
    }

    @AfterAll
    static void tidy() {
        run("./sandbox/stop").ok();
    }

    @Test
    @Order(1)
    void aHostThatIsntFitIsLeftAsItWasAndHalfAnUpIsPurged() {
        settings(JUMP, ON_DESTROY, PURGE_CLUSTER, "interface: eth7");
        assertThat(up().failed().said()).contains("interface 'eth7' must be there on a balancer, "
                + "since it carries the virtual address, and there is: ens18");
        settings(JUMP, ON_DESTROY, PURGE_CLUSTER);
        on("own-etcd2", "sed -i 's/^VERSION_ID=.*/VERSION_ID=\"12\"/' /etc/os-release").ok();
        assertThat(up().failed().said()).contains("own-etcd2: this host runs debian 12 (", "it must run Debian 13");
        on("own-etcd2", "sed -i 's/^VERSION_ID=.*/VERSION_ID=\"13\"/' /etc/os-release").ok();
        assertThat(HOSTS).anyMatch(host -> on(host, "cat /var/lib/pgha/owner").out().startsWith("own " + host + " "));
        pulumi("destroy", "--yes", "--skip-preview").ok();
        assertNothingIsLeft();
    }

    @Test
    @Order(2)
    void theClusterServes() {
        settings(JUMP, ON_DESTROY, PURGE_CLUSTER);
        up().ok();
        assertThat(sql("primary", "CREATE TABLE kept (what text); INSERT INTO kept VALUES ('it'); "
                + "SELECT pg_is_in_recovery()").ok().out()).isEqualTo("f\n");
        assertThat(sql("replica", "SELECT pg_is_in_recovery()").ok().out()).isEqualTo("t\n");
        String listed = on("own-pg1", "patronictl list").ok().out();
        assertThat(listed.lines().filter(line -> line.contains("| Leader"))).hasSize(1);
        assertThat(listed.lines().filter(line -> line.contains("| streaming"))).hasSize(2);
        JsonObject hosts = new Gson().fromJson(pulumi("stack", "output", "--json").ok().out(), JsonObject.class)
                .getAsJsonObject("hosts");
        assertThat(hosts.keySet()).containsExactlyInAnyOrderElementsOf(HOSTS);
        assertThat(hosts.getAsJsonObject("own-pg1").has("vmId")).isFalse();
        assertThat(hosts.getAsJsonObject("own-pg1").getAsJsonObject("jumpHost").get("address").getAsString())
                .isEqualTo("192.168.125.190");
    }

    @Test
    @Order(3)
    void theHostsLetSshInFromTheJumpHostOnly() {
        String reach = "timeout 3 bash -c '</dev/tcp/192.168.124.148/22'";
        assertThat(run("./sandbox/run", "sh", "-c", reach).exit()).isNotZero();
        on("own-jump", reach).ok();
    }

    @Test
    @Order(4)
    void statusGoesThroughTheJumpHost() {
        String outputs = pulumi("stack", "output", "--json", "--show-secrets").ok().out();
        assertThat(feed(outputs, "./sandbox/run", "java", "-cp", "drills/target/pgha-drills.jar",
                "io.github.pgha.drills.Inspect", "status").ok().out()).contains(HOSTS);
    }

    @Test
    @Order(5)
    void aSecondUpChangesNothing() {
        pulumi("preview", "--expect-no-changes").ok();
        pulumi("up", "--yes", "--skip-preview", "--expect-no-changes").ok();
    }

    @Test
    @Order(6)
    void aClusterThatIsKeptAfterAllGoesOnServing() {
        settings(JUMP);
        // Runs nothing of the end that was wanted before.
        assertThat(up().ok().said()).contains("6 updated");
        String uri = pulumi("stack", "output", "primaryUri", "--show-secrets").ok().out().strip();
        String authority = pulumi("stack", "output", "caCertificate").ok().out();
        pulumi("destroy", "--yes", "--skip-preview").ok();
        assertThat(feed(authority, "./sandbox/run", "sh", "-c", "ca=$(mktemp) && cat >$ca && "
                + "psql -XAtq \"$0&sslrootcert=$ca\" -c 'TABLE kept'; status=$?; rm $ca; exit $status", uri).ok().out())
                .isEqualTo("it\n");
    }

    @Test
    @Order(7)
    void aHostWithAnOwnerIsntTaken() {
        assertThat(up().failed().said()).containsPattern("this host is 'own-\\w+' of a cluster 'own' already")
                .contains("sudo /usr/local/libexec/pgha/purge own");
        // Nothing came of it.
        pulumi("destroy", "--yes", "--skip-preview").ok();
        assertThat(on("own-pg1", "patronictl list").ok().out()).contains("| Leader");
    }

    @Test
    @Order(8)
    void theHostsOwnToolRemovesTheClusterThatItIsToldTo() {
        assertThat(on("own-pg1", "/usr/local/libexec/pgha/purge other").failed().said())
                .contains("this host belongs to the cluster 'own', not to 'other': nothing is removed");
        // At once, as `pulumi destroy` does it: each loses the others while it is at work.
        HOSTS.parallelStream().forEach(host -> on(host, "/usr/local/libexec/pgha/purge own").ok());
        assertNothingIsLeft();
    }

    private static void assertNothingIsLeft() {
        HOSTS.forEach(OwnHostsIT::assertNothingIsLeft);
    }

    private static void assertNothingIsLeft(String host) {
        String left = on(host, """
                ls -d /var/lib/etcd/pgha /var/lib/postgresql/17/pgha /etc/keepalived/keepalived.conf 2>/dev/null
                find /etc /usr/local /var/lib /run /root /var/spool -xdev -name '*pgha*' 2>/dev/null
                grep -rlIs pgha /etc /root
                nft list tables | grep pgha
                systemctl is-active etcd patroni haproxy keepalived pgha-firewall | grep -vx inactive
                systemctl is-enabled etcd patroni haproxy keepalived pgha-firewall 2>/dev/null | grep -x enabled
                systemctl --failed --plain --no-legend | grep -E 'etcd|patroni|postgres|haproxy|keepalived|pgha|nft'
                ss -Hltn | awk '{ print $4 }' | grep -E ':(2379|2380|5000|5001|5432|7000|8008)$'
                ip -4 -o address | grep 192.168.125.150
                pgrep -x postgres
                true""").ok().said();
        assertThat(left).as("what is left on " + host).isEmpty();
    }

    /** Settings of the stack as a newcomer has them, and others. */
    private static void settings(String... others) {
        run(Stream.concat(Stream.of("./sandbox/run", "./sandbox/own-stack"), Stream.of(others))
                .toArray(String[]::new)).ok();
    }

    private static Run up() {
        return pulumi("up", "--yes", "--skip-preview");
    }

    /** Without what a cluster on Proxmox VE needs in the environment. */
    private static Run pulumi(String command, String... arguments) {
        return run(Stream.of(Stream.of("./sandbox/run", "env", "-u", "PROXMOX_VE_ENDPOINT",
                        "-u", "PROXMOX_VE_API_TOKEN", "-u", "PROXMOX_VE_SSH_PRIVATE_KEY", "pulumi", command),
                Stream.of(arguments), Stream.of("--stack", "own", "--non-interactive"))
                .flatMap(all -> all).toArray(String[]::new));
    }

    private static Run sql(String side, String statement) {
        return feed(statement, "./sandbox/psql", side, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-");
    }

    private static Run on(String host, String script) {
        return Run.of(SHORT, ENVIRONMENT, List.of("./sandbox/console", host, "bash", "-c", script));
    }

    private static Run run(String... command) {
        return Run.of(Lab.LONG, ENVIRONMENT, List.of(command));
    }

    private static Run feed(String input, String... command) {
        return Run.of(SHORT, ENVIRONMENT, List.of(command), input);
    }
}
