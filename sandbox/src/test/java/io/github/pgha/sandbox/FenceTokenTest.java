package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The token of the fencing service: enough for what docs/fencing.md says that it does, and for nothing else. */
class FenceTokenTest {
    private static final String OTHERS = "/nodes/pve/qemu/101";
    private static final String CLUSTERS = "/nodes/pve/qemu/111";

    @TempDir
    Path state;
    private TestSandbox sandbox;

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state);
        assertEquals("OK", sandbox.task("POST", "/nodes/pve/qemu", "vmid", "111", "name", "vm111", "pool", "pgha",
                "net0", "virtio,bridge=vmbr0"));
        sandbox.grant("/vms", "VM.Allocate", "VM.Config.Options");
        assertEquals("OK", sandbox.task("POST", "/nodes/pve/qemu", "vmid", "101", "name", "vm101"));
        sandbox.useToken(Files.readString(state.resolve("identity/fence-token")).strip());
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void seesTheClustersMachinesOnly() throws Exception {
        JsonNode rows = sandbox.call("GET", "/cluster/resources", "type", "vm").data();
        assertEquals(1, rows.size());
        assertEquals(111, rows.get(0).get("vmid").asInt());
        assertEquals("vm111", sandbox.call("GET", CLUSTERS + "/status/current").data().get("name").asText());
        assertEquals(403, sandbox.call("GET", OTHERS + "/status/current").status());
    }

    @Test
    void powersThemAndSeesItsOwnTasks() throws Exception {
        // It may, though there is nothing to start.
        assertEquals("VM 111 has no disk to boot from", sandbox.task("POST", CLUSTERS + "/status/start"));
        assertEquals("OK", sandbox.task("POST", CLUSTERS + "/status/stop"));
        assertEquals(403, sandbox.call("POST", OTHERS + "/status/stop").status());
        assertEquals(403, sandbox.call("POST", OTHERS + "/status/start").status());
    }

    @Test
    void changesNothing() throws Exception {
        assertEquals(403, sandbox.call("PUT", CLUSTERS + "/config", "memory", "512").status());
        assertEquals(403, sandbox.call("DELETE", CLUSTERS).status());
        assertEquals(403, sandbox.call("POST", "/nodes/pve/qemu", "vmid", "120").status());
    }
}
