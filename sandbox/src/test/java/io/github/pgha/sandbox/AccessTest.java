package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgha.sandbox.TestSandbox.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may call what, and what answers a call that isn't one. */
class AccessTest {
    @TempDir
    Path state;
    private TestSandbox sandbox;

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state);
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void noTokenIsUnauthorized() throws Exception {
        sandbox.useToken(null);
        assertEquals(401, sandbox.call("GET", "/version").status());
    }

    @Test
    void aWrongTokenIsUnauthorized() throws Exception {
        sandbox.useToken("pgha@pve!pulumi=00000000-0000-0000-0000-000000000000");
        Answer answer = sandbox.call("GET", "/version");
        assertEquals(401, answer.status());
        assertEquals("Authentication failed!\n", answer.body().get("message").asText());

        sandbox.useToken("pgha@pve!other=00000000-0000-0000-0000-000000000000");
        assertEquals("Authentication failed!\n",
                sandbox.call("GET", "/version").body().get("message").asText());
    }

    @Test
    void aMissingPrivilegeIsForbiddenByName() throws Exception {
        sandbox.createVm();
        sandbox.revoke("VM.PowerMgmt");
        Answer answer = sandbox.call("POST", "/nodes/pve/qemu/100/status/start");
        assertEquals(403, answer.status());
        assertEquals("Permission check failed (/vms/100, VM.PowerMgmt)\n", answer.body().get("message").asText());
    }

    @Test
    void eachKeyOfAConfigurationNeedsItsPrivilege() throws Exception {
        sandbox.grant("/vms", "VM.Config.CDROM", "VM.Config.Options", "VM.Config.Disk");
        sandbox.createVm();
        record Case(String privilege, String key, String value) { }
        for (Case c : new Case[] {new Case("VM.Config.CPU", "cores", "4"), new Case("VM.Config.Memory", "memory", "512"),
            new Case("VM.Config.Network", "net1", "virtio,bridge=vmbr0"), new Case("VM.Config.Options", "onboot", "1"),
            new Case("VM.Config.Disk", "scsi1", "local:1"), new Case("VM.Config.HWType", "serial0", "socket"),
            new Case("VM.Config.CDROM", "ide0", "none,media=cdrom"),
            new Case("VM.Config.CDROM", "ide0", "none"), new Case("VM.Config.CDROM", "ide0", "file=none")}) {
            sandbox.revoke(c.privilege);
            Answer answer = sandbox.call("PUT", "/nodes/pve/qemu/100/config", c.key, c.value);
            assertEquals(403, answer.status(), c.toString());
            assertEquals("Permission check failed (/vms/100, " + c.privilege + ")\n",
                    answer.body().get("message").asText());
        }
    }

    @Test
    void whatOnlyRootMaySetIsRefused() throws Exception {
        sandbox.createVm();
        for (String key : new String[] {"args", "affinity", "arch", "hookscript", "vmgenid", "lock"}) {
            Answer answer = sandbox.call("PUT", "/nodes/pve/qemu/100/config", key, "x");
            assertEquals(500, answer.status(), key);
            assertEquals("only root can set '" + key + "' config\n", answer.body().get("message").asText());
        }
    }

    @Test
    void anExistingCardNeedsItsBridgeToo() throws Exception {
        sandbox.createVm();
        sandbox.revoke("SDN.Use");
        for (String[] change : new String[][] {{"net0", "virtio,bridge=vmbr0,link_down=1"}, {"delete", "net0"}}) {
            assertEquals("Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)\n", sandbox.call("PUT",
                    "/nodes/pve/qemu/100/config", change).body().get("message").asText());
        }
    }

    @Test
    void aVlanNeedsItsOwnRight() throws Exception {
        sandbox.createVm();
        assertEquals(200, sandbox.call("PUT", "/nodes/pve/qemu/100/config", "net1", "virtio,bridge=vmbr0,tag=7").status());
        sandbox.revoke("SDN.Use");
        sandbox.grant("/sdn/zones/localnetwork/vmbr0/8", "SDN.Use");
        assertEquals("Permission check failed (/sdn/zones/localnetwork/vmbr0/7, SDN.Use)\n", sandbox.call("PUT",
                "/nodes/pve/qemu/100/config", "net1", "virtio,bridge=vmbr0,tag=7").body().get("message").asText());
    }

    @Test
    void theVersionIsWhatAnAdministratorHasInstalled() throws Exception {
        assertTrue(sandbox.call("GET", "/version").data().get("version").asText().startsWith("9.2."));
        Files.writeString(state.resolve("version"), "8.3.5\n");
        assertEquals("8.3.5", sandbox.call("GET", "/version").data().get("version").asText());
        assertEquals("8.3", sandbox.call("GET", "/nodes/pve/version").data().get("release").asText());
    }

    @Test
    void aTokenLearnsWhatItMay() throws Exception {
        sandbox.createVm();
        JsonNode may = sandbox.call("GET", "/access/permissions").data();
        assertEquals(1, may.get("/pool/pgha").get("VM.PowerMgmt").asInt());
        assertEquals(0, may.get("/vms/100").get("VM.PowerMgmt").asInt(), "a pool's rights don't go further down");
        assertEquals(1, may.get("/vms/100").get("VM.Config.Options").asInt());
        assertFalse(may.has("/access"), "paths without any privilege are left out");
        JsonNode one = sandbox.call("GET", "/access/permissions", "path", "/nodes/pve").data();
        assertEquals("{\"/nodes/pve\":{\"Sys.AccessNetwork\":1}}", one.toString());
    }

    @Test
    void figuresOfANodeAreForAuditors() throws Exception {
        JsonNode row = sandbox.call("GET", "/nodes").data().get(0);
        assertEquals("online", row.get("status").asText());
        assertFalse(row.has("maxmem"));
        sandbox.grant("/nodes/pve", "Sys.Audit");
        assertTrue(sandbox.call("GET", "/nodes").data().get(0).has("maxmem"));
    }

    @Test
    void aBridgeNeedsSdnUse() throws Exception {
        sandbox.createVm();
        sandbox.revoke("SDN.Use");
        assertEquals("Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)\n", sandbox.call("PUT",
                "/nodes/pve/qemu/100/config", "net1", "virtio,bridge=vmbr0").body().get("message").asText());
    }

    @Test
    void withoutAuditVmsAreNotListed() throws Exception {
        sandbox.createVm();
        assertEquals(1, sandbox.call("GET", "/cluster/resources", "type", "vm").data().size());
        sandbox.revoke("VM.Audit");
        assertEquals(0, sandbox.call("GET", "/cluster/resources", "type", "vm").data().size());
    }

    @Test
    void anUnknownCallIsNotImplemented() throws Exception {
        Answer answer = sandbox.call("POST", "/nodes/pve/qemu/100/migrate", "target", "other");
        assertEquals(501, answer.status());
        assertEquals("Method 'POST /nodes/pve/qemu/100/migrate' not implemented\n",
                answer.body().get("message").asText());
    }

    @Test
    void anUnknownParameterIsNamed() throws Exception {
        Answer answer = sandbox.call("POST", "/nodes/pve/qemu", "vmid", "100", "coers", "2");
        assertEquals(400, answer.status());
        assertTrue(answer.body().get("errors").get("coers").asText().contains("not defined in schema"));
    }

    @Test
    void aMalformedParameterIsNamed() throws Exception {
        Answer answer = sandbox.call("POST", "/nodes/pve/qemu", "vmid", "100", "cores", "two");
        assertEquals(400, answer.status());
        assertEquals("type check ('integer') failed - got 'two'", answer.body().get("errors").get("cores").asText());
    }

    @Test
    void anUnknownNodeIsSaid() throws Exception {
        Answer answer = sandbox.call("GET", "/nodes/other/qemu");
        assertEquals(500, answer.status());
        assertTrue(answer.body().get("message").asText().startsWith("hostname lookup 'other' failed"));
    }
}
