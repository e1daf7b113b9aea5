package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.github.pgha.firewall.Access;
import io.github.pgha.firewall.FirewallConfig;
import io.github.pgha.firewall.Role;
import io.github.pgha.firewall.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * One real machine: the sandbox's API with QEMU below it, by emulation where KVM doesn't work. What the cluster rests on is
 * looked at in it: cloud-init, the pinned host key, the name of the network card, the disk, the firewall, the watchdog.
 */
@Tag("long")
@Order(92)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class QemuIT {
    /** The image's 3 GiB don't reach it. */
    private static final long SEVEN_GIB = 7L << 30;

    @TempDir
    private static Path directory;

    private static RealMachine machine;
    private static String boot;

    @BeforeAll
    static void boot() throws IOException, InterruptedException {
        sandbox("stop");
        sandbox("start");
        machine = new RealMachine(directory);
        machine.make();
        machine.task("POST", RealMachine.PATH + "/status/start");
        boot = machine.awaitBoot("");
    }

    @AfterAll
    static void tidy() {
        sandbox("stop");
    }

    private static void sandbox(String command) {
        Run.of(Lab.LONG, RealMachine.ENVIRONMENT, List.of("./sandbox/" + command)).ok();
    }

    private static String on(String command) {
        return machine.ssh(command).ok().out().strip();
    }

    private static long rootBytes() {
        return Long.parseLong(on("df --output=size -B1 / | tail -n 1").strip());
    }

    private static void hasItsNames() {
        assertThat(on("sudo cloud-init status --wait --long")).contains("status: done").contains("detail: DataSourceNoCloud")
                .doesNotContain("degraded");
        assertThat(on("hostname")).isEqualTo(RealMachine.NAME);
        JsonElement cards = JsonParser.parseString(on("ip -json -4 address show scope global"));
        assertThat(cards.getAsJsonArray()).hasSize(1);
        var card = cards.getAsJsonArray().get(0).getAsJsonObject();
        assertThat(card.get("ifname").getAsString()).isEqualTo("eth0");
        var address = card.getAsJsonArray("addr_info").get(0).getAsJsonObject();
        assertThat(address.get("local").getAsString()).isEqualTo(RealMachine.ADDRESS);
        assertThat(address.get("prefixlen").getAsInt()).isEqualTo(23);
    }

    @Test
    @Order(1)
    void isWhatItsConfigurationSays() {
        hasItsNames();
        assertThat(rootBytes()).isGreaterThan(SEVEN_GIB);
        assertThat(on("systemctl is-system-running --wait || systemctl --failed --no-legend")).isEqualTo("running");
        assertThat(on("cat /sys/block/sda/device/vendor; nproc")).startsWith("QEMU").endsWith("2");
        assertThat(on("cat /sys/class/watchdog/watchdog0/identity")).contains("i6300ESB");
        assertThat(machine.status().get("status").getAsString()).isEqualTo("running");
    }

    @Test
    @Order(2)
    void takesOurFirewall() {
        var topology = new Topology(List.of(RealMachine.ADDRESS), List.of("192.168.124.248"), List.of(RealMachine.ADDRESS),
                5000, 5001, 7000, List.of(), false);
        String rules = FirewallConfig.render(Set.of(Role.ETCD, Role.BALANCER), topology,
                new Access(List.of(Access.ANYWHERE), List.of("192.168.124.0/23"), false));
        machine.ssh("sudo nft -f -", rules).ok();
        // This connection is a new one, and came through them.
        assertThat(on("sudo nft list counter inet pgha ssh_new")).containsPattern("packets [1-9]");
    }

    /** The disk grows while the machine runs; its file system does at the next boot, which keeps all names. */
    @Test
    @Order(3)
    void keepsItsNamesAfterAReboot() throws InterruptedException {
        machine.resize("9G");
        RealMachine.await("the machine sees the larger disk",
                () -> on("cat /sys/block/sda/size").equals(String.valueOf((9L << 30) / 512)));
        machine.task("POST", RealMachine.PATH + "/status/reboot", "timeout=600");
        boot = machine.awaitBoot(boot);
        hasItsNames();
        assertThat(rootBytes()).isGreaterThan(SEVEN_GIB + (1L << 30));
    }

    @Test
    @Order(4)
    void goesOnWithoutTheApi() {
        var before = machine.status();
        // Nobody has a command for it, but a server of other sources is replaced: this looks like one.
        RealMachine.run("sh", "-c", "echo other >\"${CURL_CA_BUNDLE%/identity/*}/run/api.hash\"").ok();
        sandbox("start");
        var after = machine.status();
        assertThat(after.get("status").getAsString()).isEqualTo("running");
        assertThat(after.get("pid").getAsLong()).isEqualTo(before.get("pid").getAsLong());
        assertThat(on("cat /proc/sys/kernel/random/boot_id")).isEqualTo(boot);
    }

    /** The watchdog's holder hangs, as Patroni would. */
    @Test
    @Order(5)
    void isResetByItsWatchdog() throws InterruptedException {
        long process = machine.status().get("pid").getAsLong();
        on("sudo systemd-run --quiet --unit=holder sh -c 'exec 3>/dev/watchdog; while printf . >&3; do sleep 1; done'");
        RealMachine.await("the holder has the watchdog",
                () -> on("cat /sys/class/watchdog/watchdog0/state").equals("active"));
        // It keeps the device open, and feeds it no more.
        on("sudo systemctl kill --signal=STOP holder");
        boot = machine.awaitBoot(boot);
        // By itself: the machine wasn't switched off.
        assertThat(machine.status().get("pid").getAsLong()).isEqualTo(process);
        hasItsNames();
    }

    @Test
    @Order(6)
    void isResetByTheApi() throws InterruptedException {
        machine.task("POST", RealMachine.PATH + "/status/reset");
        boot = machine.awaitBoot(boot);
    }

    @Test
    @Order(7)
    void cableIsPulled() throws InterruptedException {
        Run.of(Duration.ofMinutes(1), RealMachine.ENVIRONMENT, List.of("./sandbox/cable", RealMachine.NAME, "down")).ok();
        assertThat(machine.ssh("true").exit()).isNotZero();
        Run.of(Duration.ofMinutes(1), RealMachine.ENVIRONMENT, List.of("./sandbox/cable", RealMachine.NAME, "up")).ok();
        RealMachine.await("the machine is reached again", () -> machine.ssh("true").exit() == 0);
        assertThat(on("cat /proc/sys/kernel/random/boot_id")).isEqualTo(boot);
    }

    /** QEMU itself hangs: Proxmox waits 60 s for its monitor and 10 s for SIGTERM, then kills it. */
    @Test
    @Order(8)
    void isStoppedThoughQemuHangs() throws InterruptedException {
        long process = machine.status().get("pid").getAsLong();
        Run.of(Duration.ofMinutes(1), RealMachine.ENVIRONMENT, List.of("kill", "-STOP", String.valueOf(process))).ok();
        long begin = System.nanoTime();
        machine.task("POST", RealMachine.PATH + "/status/stop");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(Duration.ofSeconds(70), Duration.ofSeconds(90));
        assertThat(machine.status().get("status").getAsString()).isEqualTo("stopped");
        assertThat(ProcessHandle.of(process)).isEmpty();
    }

    @Test
    @Order(9)
    void leavesNothing() throws InterruptedException {
        machine.task("DELETE", RealMachine.PATH);
        assertThat(RealMachine.call("GET", "/nodes/pve/storage/local/content?content=images").getAsJsonArray()).isEmpty();
        assertThat(RealMachine.run("ip", "-brief", "link").ok().out()).doesNotContain("tap" + RealMachine.ID);
    }

    @Test
    @Order(10)
    void refusesWhatIsNoWholeImage() throws InterruptedException {
        RealMachine.run("sh", "-euc", "cd \"${CURL_CA_BUNDLE%/identity/*}/www/images\"; echo text >text.qcow2; "
                + "qemu-img create -q -f qcow2 -F qcow2 -b debian-13-nspawn-amd64.qcow2 part.qcow2").ok();
        assertThat(machine.download("text.qcow2", RealMachine.url("text.qcow2"))).hasValueSatisfying(
                said -> assertThat(said).contains("not in qcow2 format"));
        assertThat(machine.download("part.qcow2", RealMachine.url("part.qcow2"))).hasValueSatisfying(
                said -> assertThat(said).contains("must be whole"));
    }
}
