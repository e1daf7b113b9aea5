package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pgha.sandbox.TestSandbox.Answer;
import io.github.pgha.sandbox.identity.Identity;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The least rights are enough for what the plugin calls in an `up` and a `destroy`, and none of them is too much:
 * without it one of the calls is refused, and the answer names it.
 */
class PrivilegesTest {
    private static final String LOCAL = "/nodes/pve/storage/local";
    private static final String VM = "/nodes/pve/qemu/100";

    @TempDir
    Path state;
    private TestSandbox sandbox;

    /** One call of the plugin. */
    private record PluginCall(String method, String path, String... parameters) { }

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state);
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    static Stream<String> privileges() {
        // Without Pool.Audit nothing is refused, but a machine's pool can't be seen: PoolsTest.
        return Identity.LEAST_RIGHTS.values().stream().flatMap(List::stream).filter(name -> !name.equals("Pool.Audit"))
                .sorted();
    }

    @Test
    void theLeastRightsAreEnough() throws Exception {
        assertEquals(Optional.empty(), firstRefusal());
    }

    @ParameterizedTest
    @MethodSource("privileges")
    void withoutOneOfThemACallIsRefusedByItsName(String privilege) throws Exception {
        sandbox.revoke(privilege);
        Answer refusal = firstRefusal().orElseThrow(() -> new AssertionError(privilege + " isn't needed"));
        assertEquals(403, refusal.status(), refusal.toString());
        String message = refusal.body().get("message").asText();
        // Of the one right to create Proxmox says no name.
        assertTrue(privilege.equals("VM.Allocate") ? message.equals("Permission check failed\n")
                : message.startsWith("Permission check failed (/") && message.contains(privilege), message);
    }

    @Test
    void theNodesOwnDriveNeedsMoreThanTheLeastRights() throws Exception {
        sandbox.createVm();
        sandbox.grant("/pool/pgha", "VM.Config.CDROM");
        assertEquals(200, sandbox.call("PUT", VM + "/config", "ide3", "none,media=cdrom").status());
        Answer refusal = sandbox.call("PUT", VM + "/config", "ide3", "cdrom,media=cdrom");
        assertEquals(403, refusal.status());
        assertEquals("Permission check failed (/, Sys.Console)\n", refusal.body().get("message").asText());
    }

    @Test
    void aRightHoldsForItsPathAndWhatIsBelow() throws Exception {
        sandbox.createVm();
        sandbox.grant(Map.of("/vms/10", List.of("VM.Audit")));
        assertEquals(403, sandbox.call("GET", VM + "/config").status());
        sandbox.grant(Map.of("/vms/100", List.of("VM.Audit")));
        assertEquals(200, sandbox.call("GET", VM + "/config").status());
        assertEquals(403, sandbox.call("POST", VM + "/status/start").status());
    }

    @Test
    void aClientThatTrustsOtherAuthoritiesRefusesTheApi() {
        assertThrows(SSLHandshakeException.class, () -> HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create(sandbox.endpoint() + "/version")).build(), BodyHandlers.ofString()));
    }

    /** Makes the plugin's calls in its order until one is refused. */
    private Optional<Answer> firstRefusal() throws Exception {
        Files.createDirectories(state.resolve("storage/snippets"));
        Files.writeString(state.resolve("storage/snippets/user-data.yaml"), "#cloud-config\n");
        for (PluginCall call : calls()) {
            Answer answer = sandbox.call(call.method, call.path, call.parameters);
            if (answer.status() != 200) {
                return Optional.of(answer);
            }
            if (answer.data().asText().startsWith("UPID:")) {
                assertEquals("OK", sandbox.await(answer), call.toString());
            }
        }
        return Optional.empty();
    }

    private List<PluginCall> calls() {
        return List.of(
                new PluginCall("GET", "/version"),
                new PluginCall("GET", "/nodes/pve/query-url-metadata", "url", sandbox.url("debian.qcow2"),
                        "verify-certificates", "1"),
                new PluginCall("POST", LOCAL + "/download-url", "content", "import", "filename", "debian.qcow2",
                        "url", sandbox.url("debian.qcow2"), "verify-certificates", "1"),
                new PluginCall("GET", LOCAL + "/content", "content", "import"),
                // Where to send the snippet by SSH, and where it goes.
                new PluginCall("GET", "/nodes/pve/network"),
                new PluginCall("GET", "/storage/local"),
                new PluginCall("GET", LOCAL + "/content", "content", "snippets"),
                new PluginCall("POST", "/nodes/pve/qemu", "vmid", "100", "pool", "pgha", "name", "course-pg1",
                        "agent", "enabled=0,fstrim_cloned_disks=0,type=virtio", "bios", "seabios",
                        "boot", "order=scsi0",
                        "cicustom", "user=local:snippets/user-data.yaml", "cores", "1", "cpu", "host",
                        "ide2", "file=local:cloudinit,media=cdrom", "ide3", "file=none,media=cdrom",
                        "ipconfig0", "gw=192.168.124.1,ip=192.168.125.13/23", "memory", "1024",
                        "nameserver", "192.168.124.1", "net0", "virtio,bridge=vmbr0,firewall=0", "onboot", "1",
                        "ostype", "l26",
                        "scsi0", "file=local:0,import-from=local:import/debian.qcow2,discard=on,iothread=1",
                        "scsihw", "virtio-scsi-single", "serial0", "socket", "tags", "pgha"),
                new PluginCall("PUT", VM + "/resize", "disk", "scsi0", "size", "20G"),
                new PluginCall("GET", VM + "/status/current"),
                new PluginCall("POST", VM + "/status/start", "timeout", "1800"),
                new PluginCall("GET", "/cluster/resources", "type", "vm"),
                new PluginCall("GET", VM + "/config"),
                new PluginCall("GET", "/pools"),
                new PluginCall("GET", "/pools", "poolid", "pgha"),
                new PluginCall("PUT", VM + "/config", "memory", "2048", "onboot", "0", "cores", "2", "net0",
                        "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1", "nameserver", "192.168.124.2"),
                new PluginCall("POST", VM + "/status/stop"),
                new PluginCall("DELETE", VM, "purge", "1", "destroy-unreferenced-disks", "1"),
                new PluginCall("DELETE", LOCAL + "/content/local:snippets%2Fuser-data.yaml"),
                new PluginCall("DELETE", LOCAL + "/content/local:import%2Fdebian.qcow2"));
    }
}
