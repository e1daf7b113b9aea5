package io.github.pgha.drills;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.drills.stack.Stack;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    private Path folder;

    private final StringWriter errors = new StringWriter();

    private static String withoutMachines() {
        return TestStack.json().replaceAll("\\s*\"node\": \"pve\",", "").replaceAll(",\\s*\"vmId\": [0-9.]+", "");
    }

    private int run(String input, String... args) {
        var main = new Main(Map.of(), new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        return Main.commandLine(main).setErr(new PrintWriter(errors)).execute(args);
    }

    @Test
    void anUnknownOptionIsOneSentence() {
        assertThat(run("", "--meteor")).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("drill: Unknown option: '--meteor' (see --help)");
    }

    @Test
    void anUnknownFaultIsRefusedBeforeAnythingIsRead() {
        assertThat(run("", "--fault", "meteor")).isEqualTo(2);
        assertThat(errors.toString()).startsWith("drill: There is no fault 'meteor'. There are: ").hasLineCount(1);
    }

    @Test
    void aStackThatDoesntAllowDrillsIsRefused() {
        assertThat(run(TestStack.json(), "--report", folder.toString())).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("drill: Drills break the cluster behind 10.0.0.50 on "
                + "purpose, and its stack doesn't allow them: set its output 'drillsAllowed' to true (configuration "
                + "key drillsAllowed), or say --yes-break-it.");
    }

    @Test
    void aStackThatAllowsDrillsIsntAskedForMore() {
        String json = TestStack.json().replace("\"vip\"", "\"drillsAllowed\": true, \"vip\"");
        assertThat(run(json, "--report", folder.toString())).isEqualTo(2);
        assertThat(errors.toString()).startsWith("drill: The environment has no PROXMOX_VE_ENDPOINT");
    }

    @Test
    void aFaultOfTheApiIsRefusedOutsideTheSandbox() {
        assertThat(run("", "--fault", "fencing-api-hangs", "--report", folder.toString())).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("drill: The fault 'fencing-api-hangs' makes the Proxmox API "
                + "fail, which is possible in the sandbox alone (./sandbox/run sets PGHA_SANDBOX_FAIL_API).");
    }

    @Test
    void aNodesPowerNeedsASwitch() {
        assertThat(run("", "--fault", "node-power", "--report", folder.toString())).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("drill: The fault 'node-power' cuts the power of a Proxmox node, "
                + "and the environment has no PGHA_NODE_POWER, a program that does it: PROGRAM NODE off|on (in the sandbox: "
                + "./sandbox/run sets it).");
    }

    @Test
    void powerCantBeCutOfHostsThatAreNoVirtualMachines() {
        String json = withoutMachines();
        assertThat(run(json, "--fault", "leader-power", "--yes-break-it", "--report", folder.toString())).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("drill: The fault 'leader-power' needs the Proxmox API, and "
                + "the stack's hosts aren't all virtual machines on Proxmox VE.");
    }

    @Test
    void onSuchHostsTheOtherFaultsNeedNoProxmox() {
        String json = withoutMachines();
        assertThat(run(json, "--yes-break-it", "--report", folder.toString())).isEqualTo(2);
        // It comes as far as the key that the test's stack has.
        assertThat(errors.toString()).startsWith("drill: The stack's output 'adminPrivateKey' ").hasLineCount(1);
    }

    @Test
    void aKeyThatIsAnAgentsNeedsOne() {
        String json = withoutMachines().replaceAll("\"-----BEGIN[^\"]*\"", "\"\"");
        assertThat(run(json, "--yes-break-it", "--report", folder.toString())).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("drill: The stack's output 'adminPrivateKey' is empty, so an "
                + "ssh-agent must hold the key (SSH_AUTH_SOCK in the environment).");
    }

    @Test
    void aKeyThatCantBeReadIsNotRepeated() {
        assertThat(run(TestStack.json(), "--fault", "switchover", "--yes-break-it", "--report", folder.toString()))
                .isEqualTo(2);
        assertThat(errors.toString()).startsWith("drill: The stack's output 'adminPrivateKey' ").hasLineCount(1)
                .doesNotContain("not a real one");
    }

    @Test
    void aReportFolderThatCantBeWrittenIsRefused() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(run("", "--report", file.toString())).isEqualTo(2);
        assertThat(errors.toString().strip())
                .isEqualTo("drill: --report '" + file + "' must be a folder that can be written to.");
    }

    @Test
    void aStackFileThatIsntThereIsRefused() {
        assertThat(run("", "--stack", "/nowhere.json", "--report", folder.toString())).isEqualTo(2);
        assertThat(errors.toString().strip())
                .isEqualTo("drill: --stack '/nowhere.json' must be a file that can be read.");
    }

    @Test
    void chaosExcludesAChoice() {
        assertThat(run("", "--chaos", "1m", "--full")).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("drill: --chaos excludes --full and --fault.");
    }

    @Test
    void anUnhealthyClusterIsRefusedWithWhatItLacks() {
        Stack stack = TestStack.stack();
        assertThat(Permission.refusal(stack, List.of("no member leads", "etcd on e2 isn't healthy"))).contains(
                "The cluster isn't healthy, so drills would tell nothing: no member leads; etcd on e2 isn't healthy.");
        assertThat(Permission.refusal(stack, List.of())).isEmpty();
    }

    @Test
    void whoReachesNothingButTheJumpHostIsToldSo() {
        Stack stack = Stack.parse(TestStack.json().replace("\"name\": \"p2\"",
                "\"name\": \"p2\", \"jumpHost\": {\"address\": \"gate\", \"user\": \"j\", \"hostKey\": \"k\"}"));
        assertThat(Permission.refusal(stack, List.of("no member leads"))).contains("The cluster isn't healthy, or this machine, "
                + "which has to be among its clients since only SSH goes through the jump host, doesn't reach it, so drills "
                + "would tell nothing: no member leads.");
    }
}
