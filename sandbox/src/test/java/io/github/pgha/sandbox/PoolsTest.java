package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgha.sandbox.TestSandbox.Answer;
import io.github.pgha.sandbox.api.Tokens;
import io.github.pgha.sandbox.identity.Identity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pools: who is in them, who may do what by them, and what becomes of it when a machine is destroyed. */
class PoolsTest {
    private static final String VM = "/nodes/pve/qemu/100";

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
    void aMachineIsMadeInAPool() throws Exception {
        sandbox.createVm();
        JsonNode pool = sandbox.call("GET", "/pools", "poolid", "pgha").data().get(0);
        assertEquals("pgha", pool.get("poolid").asText());
        assertEquals("qemu/100", pool.get("members").get(0).get("id").asText());
        assertEquals("pgha", sandbox.call("GET", "/cluster/resources", "type", "vm").data().get(0).get("pool").asText());
        assertEquals("[{\"poolid\":\"pgha\"}]", sandbox.call("GET", "/pools").data().toString());
        assertEquals("qemu/100", sandbox.call("GET", "/pools/pgha").data().get("members").get(0).get("id").asText());
    }

    @Test
    void aPoolThatIsntThereIsRefused() throws Exception {
        Answer answer = sandbox.call("POST", "/nodes/pve/qemu", "vmid", "100", "pool", "other");
        assertEquals(403, answer.status());
        assertEquals("Permission check failed (pool 'other' does not exist)\n", answer.body().get("message").asText());
        assertEquals("pool 'other' does not exist\n",
                sandbox.call("GET", "/pools", "poolid", "other").body().get("message").asText());
    }

    @Test
    void withoutAuditAPoolIsNotShown() throws Exception {
        sandbox.createVm();
        sandbox.revoke("Pool.Audit");
        assertEquals(0, sandbox.call("GET", "/pools").data().size());
        assertFalse(sandbox.call("GET", "/cluster/resources", "type", "vm").data().get(0).has("pool"));
        assertEquals(403, sandbox.call("GET", "/pools/pgha").status());
    }

    @Test
    void rightsOnThePoolAreOnesOnItsMachinesOnly() throws Exception {
        sandbox.createVm();
        sandbox.grant(Map.of("/vms", List.of("VM.Allocate", "VM.Audit")));
        assertEquals("OK", sandbox.task("POST", "/nodes/pve/qemu", "vmid", "101"));
        sandbox.grant(Map.of("/pool/pgha", List.of("VM.Audit")));
        assertEquals(200, sandbox.call("GET", VM + "/config").status());
        assertEquals(403, sandbox.call("GET", "/nodes/pve/qemu/101/config").status());
        assertEquals(403, sandbox.call("PUT", VM + "/config", "memory", "512").status());
        assertEquals(1, sandbox.call("GET", "/nodes/pve/qemu").data().size());
    }

    @Test
    void tagsAreJudgedBeforeANewMachineIsInItsPool() throws Exception {
        Map<String, List<String>> rights = new TreeMap<>(Identity.LEAST_RIGHTS);
        rights.put("/pool/pgha", List.of("VM.Allocate", "VM.Audit", "VM.Config.Options"));
        rights.remove("/vms");
        sandbox.grant(rights);
        assertEquals("unable to create VM 100 - Permission check failed (/vms/100, VM.Config.Options)",
                sandbox.task("POST", "/nodes/pve/qemu", "vmid", "100", "pool", "pgha", "name", "a", "tags", "pgha"));
        assertEquals("OK", sandbox.task("POST", "/nodes/pve/qemu", "vmid", "100", "pool", "pgha", "name", "a"));
        assertEquals(200, sandbox.call("PUT", VM + "/config", "tags", "pgha").status());
    }

    @Test
    void aDestroyedMachineTakesItsPlaceAndItsEntriesWithIt() throws Exception {
        sandbox.createVm();
        sandbox.grant("/vms/100", "VM.Audit", "VM.PowerMgmt");
        sandbox.grant("/vms/1000", "VM.Audit");
        assertEquals("OK", sandbox.task("DELETE", VM));
        assertEquals(0, sandbox.call("GET", "/pools/pgha").data().get("members").size());
        Tokens.Token token = sandbox.json.readValue(sandbox.identity.tokenFile().toFile(), Tokens.Token[].class)[0];
        assertFalse(token.acl().containsKey("/vms/100"));
        assertEquals(List.of("VM.Audit"), token.acl().get("/vms/1000"));
        assertEquals("rw-------", java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(sandbox.identity.tokenFile())));
    }

    @Test
    void anEntryOfAMachineHidesThoseAboveButNotItsPools() throws Exception {
        sandbox.createVm();
        sandbox.grant(Map.of("/vms", List.of("VM.Audit", "VM.PowerMgmt"), "/vms/100", List.of("VM.Audit")));
        assertEquals(403, sandbox.call("POST", VM + "/status/stop").status());
        sandbox.grant(Map.of("/pool/pgha", List.of("VM.PowerMgmt"), "/vms/100", List.of("VM.Audit")));
        assertEquals(200, sandbox.call("POST", VM + "/status/stop").status());
    }

    @Test
    void membersComeAndGo() throws Exception {
        sandbox.createVm();
        assertEquals("Permission check failed (/pool/pgha, Pool.Allocate)\n", sandbox.call("PUT", "/pools", "poolid", "pgha",
                "vms", "100", "delete", "1").body().get("message").asText());
        sandbox.grant(Map.of("/pool", List.of("Pool.Allocate", "Pool.Audit"), "/vms", List.of("VM.Audit")));
        assertEquals(200, sandbox.call("POST", "/pools", "poolid", "other", "comment", "two").status());
        assertEquals("create pool failed: pool 'other' already exists\n",
                sandbox.call("POST", "/pools", "poolid", "other").body().get("message").asText());
        assertEquals("Permission check failed (/vms/100, Permissions.Modify|VM.Allocate)\n", sandbox.call("PUT", "/pools",
                "poolid", "other", "vms", "100").body().get("message").asText());
        sandbox.grant("/vms", "VM.Audit", "VM.Allocate");
        assertEquals("VM 100 belongs already to pool 'pgha' and 'allow-move' is not set\n", sandbox.call("PUT", "/pools",
                "poolid", "other", "vms", "100").body().get("message").asText());
        assertEquals(200, sandbox.call("PUT", "/pools", "poolid", "other", "vms", "100", "allow-move", "1").status());
        assertEquals("pool 'other' is not empty (contains VM 100)\n",
                sandbox.call("DELETE", "/pools", "poolid", "other").body().get("message").asText());
        assertEquals("VM 100 is not a pool member\n", sandbox.call("PUT", "/pools/pgha", "vms", "100", "delete", "1")
                .body().get("message").asText());
        assertEquals(200, sandbox.call("PUT", "/pools/other", "vms", "100", "delete", "1").status());
        assertEquals(200, sandbox.call("DELETE", "/pools/other").status());
    }

    @Test
    void anEarlierSandboxsTokensGetWhatTheyLack() throws Exception {
        sandbox.grant(Map.of("/vms", List.of("VM.Allocate"), "/storage/local", List.of("Datastore.Audit")));
        sandbox.identity.addRights(sandbox.json);
        sandbox.createVm();
        JsonNode may = sandbox.call("GET", "/access/permissions").data();
        assertEquals("{\"VM.Allocate\":1,\"VM.Config.Options\":1}", may.get("/vms").toString());
        assertEquals(200, sandbox.call("GET", "/storage/local").status());
    }
}
