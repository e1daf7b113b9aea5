package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.pgha.sandbox.TestSandbox.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a machine, or an id, from being used: locks of the configuration, HA, containers. */
class LocksTest {
    private static final String VM = "/nodes/pve/qemu/100";

    @TempDir
    Path state;
    private TestSandbox sandbox;

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state);
        sandbox.createVm();
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    private void lock(String kind) throws Exception {
        Path file = state.resolve("vms/100/config.json");
        ObjectNode config = (ObjectNode) sandbox.json.readTree(file.toFile());
        config.put("lock", kind);
        sandbox.json.writeValue(file.toFile(), config);
    }

    @Test
    void aLockedMachineStaysAsItIs() throws Exception {
        lock("backup");
        assertEquals("VM is locked (backup)", sandbox.task("POST", VM + "/status/start"));
        assertEquals("VM is locked (backup)\n",
                sandbox.call("PUT", VM + "/config", "memory", "512").body().get("message").asText());
        assertEquals("VM is locked (backup)", sandbox.task("PUT", VM + "/resize", "disk", "scsi0", "size", "+1G"));
        assertEquals("VM is locked (backup)", sandbox.task("DELETE", VM));
        assertEquals("backup", sandbox.call("GET", VM + "/status/current").data().get("lock").asText());
        assertEquals("backup", sandbox.call("GET", "/cluster/resources", "type", "vm").data().get(0).get("lock").asText());
        for (String button : new String[] {"stop", "shutdown"}) {
            assertEquals("OK", sandbox.task("POST", VM + "/status/" + button), "what is off needs no lock to be so");
        }
    }

    @Test
    void aLockedMachineThatRunsGoesOn() throws Exception {
        assertEquals("OK", sandbox.task("POST", VM + "/status/start"));
        lock("snapshot");
        for (String button : new String[] {"stop", "shutdown", "reset", "reboot"}) {
            assertEquals("VM is locked (snapshot)", sandbox.task("POST", VM + "/status/" + button), button);
        }
        assertTrue(sandbox.hypervisor.running(100));
    }

    @Test
    void pastALockOnlyRootMayGo() throws Exception {
        for (Answer answer : new Answer[] {sandbox.call("POST", VM + "/status/stop", "skiplock", "1"),
            sandbox.call("PUT", VM + "/config", "memory", "512", "skiplock", "1"),
            sandbox.call("DELETE", VM, "skiplock", "1")}) {
            assertEquals(400, answer.status());
            assertEquals("Only root may use this option.", answer.body().get("errors").get("skiplock").asText());
        }
    }

    @Test
    void haHasItsResources() throws Exception {
        assertEquals(403, sandbox.call("GET", "/cluster/ha/resources").status());
        sandbox.grant("/", "Sys.Audit");
        assertEquals(0, sandbox.call("GET", "/cluster/ha/resources").data().size());
        Files.writeString(state.resolve("ha"), "100\n");
        assertEquals("vm:100", sandbox.call("GET", "/cluster/ha/resources").data().get(0).get("sid").asText());
        assertEquals("started", sandbox.call("GET", "/cluster/resources").data().get(1).get("hastate").asText());
        assertEquals("unable to remove VM 100 - used in HA resources and purge parameter not set.\n",
                sandbox.call("DELETE", VM).body().get("message").asText());
        assertEquals("OK", sandbox.task("DELETE", VM, "purge", "1"));
        assertEquals(0, sandbox.call("GET", "/cluster/ha/resources").data().size());
    }

    @Test
    void containersHaveTheirIds() throws Exception {
        Files.writeString(state.resolve("containers"), "101\n");
        sandbox.grant(Map.of());
        Answer taken = sandbox.call("GET", "/cluster/nextid", "vmid", "101");
        assertEquals(400, taken.status());
        assertEquals("VM 101 already exists", taken.body().get("errors").get("vmid").asText());
        assertEquals("102", sandbox.call("GET", "/cluster/nextid").data().asText());
        assertEquals(0, sandbox.call("GET", "/cluster/resources", "type", "vm").data().size());
        sandbox.revoke("none");
        assertEquals("unable to create VM 101 - CT 101 already exists on node 'pve'\n", sandbox.call("POST",
                "/nodes/pve/qemu", "vmid", "101", "pool", "pgha").body().get("message").asText());
    }

    @Test
    void aNetworkForStorageStandsBeforeTheBridge() throws Exception {
        Files.writeString(state.resolve("network"), "eno2 10.1.0.2/24\n");
        sandbox.grant(Map.of());
        assertEquals(1, sandbox.call("GET", "/nodes/pve/network").data().size(), "a bridge is for those who may use it");
        sandbox.grant(Map.of("/sdn/zones/localnetwork/vmbr0/7", List.of("SDN.Use")));
        JsonNode cards = sandbox.call("GET", "/nodes/pve/network").data();
        assertEquals("10.1.0.2", cards.get(0).get("address").asText());
        assertFalse(cards.get(0).has("gateway"));
        assertEquals("vmbr0", cards.get(1).get("iface").asText());
        assertEquals("192.168.124.1", cards.get(1).get("gateway").asText());
        assertEquals(1, sandbox.call("GET", "/nodes/pve/network", "type", "any_bridge").data().size());
    }
}
