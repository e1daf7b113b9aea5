package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code make preflight} against a sandbox of its own, in which no machine runs: what it lacks is said, and nothing else. */
@Order(5)
class PreflightIT {
    private static final String SANDBOX = Lab.sandbox() + "-preflight";
    private static final Map<String, String> ENVIRONMENT = Map.of("PGHA_SANDBOX", SANDBOX);
    private static final Duration SHORT = Duration.ofMinutes(3);
    private static final int SLOWEST_SECONDS = 30;

    @TempDir
    private Path folder;
    private static Path state;

    @BeforeAll
    static void start() {
        run("./sandbox/stop").ok();
        run("./sandbox/start").ok();
        inside("./sandbox/new-stack").ok();
        state = Path.of(inside("sh", "-c", "echo \"${PGHA_STACK_CONFIG%/project/*}\"").ok().out().strip());
    }

    @AfterAll
    static void stop() {
        run("./sandbox/stop").ok();
    }

    @AfterEach
    void heal() throws IOException {
        Files.deleteIfExists(state.resolve("version"));
    }

    private static Run run(String... command) {
        return Run.of(SHORT, ENVIRONMENT, List.of(command));
    }

    private static Run inside(String... command) {
        return Run.of(SHORT, ENVIRONMENT, Stream.concat(Stream.of("./sandbox/run"), Stream.of(command)).toList());
    }

    /** Of Pulumi.dev.yaml with some lines changed. */
    private Run preflight(String... replacements) throws IOException {
        String stack = Files.readString(Path.of("Pulumi.dev.yaml"));
        for (int i = 0; i < replacements.length; i += 2) {
            assertThat(stack).contains(replacements[i]);
            stack = stack.replace(replacements[i], replacements[i + 1]);
        }
        Path file = Files.writeString(folder.resolve("Pulumi.dev.yaml"), stack);
        return Run.of(SHORT, Map.of("PGHA_SANDBOX", SANDBOX, "PGHA_DEV_STACK", file.toString()),
                List.of("make", "--no-print-directory", "preflight", "PREFLIGHT=--json"));
    }

    /** What fails, each with its commands. */
    private static List<String> failures(Run run) {
        JsonArray findings = new Gson().fromJson(run.failed().out(), JsonArray.class);
        return StreamSupport.stream(findings.spliterator(), false).map(JsonElement::getAsJsonObject)
                .filter(finding -> finding.get("level").getAsString().equals("fails")).map(PreflightIT::text).toList();
    }

    private static String text(JsonObject finding) {
        return finding.get("check").getAsString() + ": " + finding.get("text").getAsString() + finding.get("remedies");
    }

    /** Makes a machine that never runs, with the name, the pool and the tag of one of the stack's. */
    private static void machine(int vmId, String name) {
        inside("sh", "-c", "echo \"Authorization: PVEAPIToken=$PROXMOX_VE_API_TOKEN\" | curl -sS --fail-with-body --max-time 20 "
                + "-H @- -X POST \"${PROXMOX_VE_ENDPOINT}api2/json/nodes/pve1/qemu\" "
                + "-d vmid=" + vmId + " -d name=" + name + " -d pool=pgha -d tags=pgha -d memory=512").ok();
    }

    @Test
    void aGoodSandboxIsGreen() throws IOException {
        Run run = preflight().ok();
        assertThat(run.out()).contains("\"level\": \"ok\"").doesNotContain("\"level\": \"fails\"");
        assertThat(run.out()).contains("pgha@192.168.124.4 on 'pve3'", "all that it needs", "192.168.125.250 free");
    }

    @Test
    void whatIsTakenAwayIsSaidAndNothingElse() throws IOException {
        Path tokens = state.resolve("identity/tokens.json");
        String before = Files.readString(tokens);
        machine(111, "course-pg1");
        machine(112, "course-pg2");
        run("./sandbox/lock", "course-pg1", "backup").ok();
        run("./sandbox/ha", "course-pg2", "on").ok();
        run("./sandbox/container", "103").ok();
        run("chmod", "g-w", state.resolve("storage/local/snippets").toString()).ok();
        inside("ip", "address", "add", "192.168.125.250/32", "dev", "vmbr0").ok();
        Files.writeString(state.resolve("version"), "8.3.5\n");
        Files.writeString(tokens, before.replaceFirst("\"VM\\.Allocate\", ", ""));
        try {
            List<String> failures = failures(preflight());
            assertThat(failures).anySatisfy(text -> assertThat(text).contains("API: Proxmox VE 8.3.5", "must be 8.4 or newer"));
            assertThat(failures).anySatisfy(text -> assertThat(text).contains("lacks VM.Allocate on /pool/pgha",
                    "pveum acl modify /pool/pgha -users 'pgha@pve' -tokens 'pgha@pve!pulumi' -roles PghaMachines"));
            assertThat(failures).anySatisfy(text -> assertThat(text).contains("'course-pg1' (111) is locked (backup)",
                    "qm unlock 111"));
            assertThat(failures).anySatisfy(text -> assertThat(text).contains("'course-pg2' (112)", "ha-manager remove vm:112"));
            assertThat(failures).anySatisfy(text -> assertThat(text).contains("vmId '103' of host 'course-etcd3' must be free",
                    "pulumi config set --path 'etcdHosts[2].vmId' 104"));
            assertThat(failures).anySatisfy(text -> assertThat(text).contains("on 'pve1' can't be written to by pgha",
                    "install -d -g pgha -m 2775 "));
            assertThat(failures).anySatisfy(text -> assertThat(text).contains("192.168.125.250", "somebody answers there"));
            assertThat(failures).allMatch(text -> text.matches("(?s)(API|node|token|machines|snippets|addresses): .*"));
        } finally {
            Files.writeString(tokens, before);
            Files.delete(state.resolve("version"));
            run("chmod", "g+w", state.resolve("storage/local/snippets").toString()).ok();
            inside("ip", "address", "del", "192.168.125.250/32", "dev", "vmbr0").ok();
            run("./sandbox/container", "103", "off").ok();
            run("./sandbox/ha", "course-pg2", "off").ok();
            run("./sandbox/lock", "course-pg1", "none").ok();
        }
        preflight().ok();
    }

    @Test
    void whatTheStackNamesMustBeThere() throws IOException {
        List<String> failures = failures(preflight("proxmoxPool: pgha", "proxmoxPool: nobodys",
                "vmDatastore: local", "vmDatastore: nowhere", "debian-13-nspawn-amd64.qcow2", "gone.qcow2",
                "clientNetworks", "bridge: vmbr9\n  pgha-lab:clientNetworks"));
        assertThat(failures).anySatisfy(text -> assertThat(text).contains("pool 'nobodys' must be there",
                "pveum pool add nobodys"));
        assertThat(failures).anySatisfy(text -> assertThat(text).contains(
                "vmDatastore 'nowhere' must be a datastore of node 'pve2'"));
        assertThat(failures).anySatisfy(text -> assertThat(text).contains("bridge 'vmbr9'", "pulumi config set bridge vmbr0"));
        assertThat(failures).anySatisfy(text -> assertThat(text).contains("'pve3' doesn't reach", "gone.qcow2"));
    }

    @Test
    void badSettingsAreSaidAllAtOnce() throws IOException {
        assertThat(failures(preflight("vip: 192.168.125.250/23", "vip: nowhere", "gateway: 192.168.124.1", "gateway: 300.1.1.1")))
                .hasSize(2).allMatch(text -> text.startsWith("settings: "));
    }

    @Test
    void anUnknownTokenIsSaidWithTheWayToAnother() {
        long start = System.nanoTime();
        Run run = inside("sh", "-c", "pulumi config --stack dev --json --show-secrets | "
                + "PROXMOX_VE_API_TOKEN='pgha@pve!gone=00000000-0000-4000-8000-000000000000' "
                + "java -cp target/pgha.jar io.github.pgha.PreflightProgram --json");
        assertThat(failures(run)).singleElement().asString().contains("doesn't know the token 'pgha@pve!gone'",
                "pveum user token add 'pgha@pve' 'gone' -privsep 1");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(SLOWEST_SECONDS));
    }
}
