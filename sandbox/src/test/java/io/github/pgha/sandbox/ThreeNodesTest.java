package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgha.sandbox.TestSandbox.Answer;
import io.github.pgha.sandbox.api.Delays;
import io.github.pgha.sandbox.api.Node;
import io.github.pgha.sandbox.identity.Identity;
import io.github.pgha.sandbox.task.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes: each with an API of its own that knows the others, storages, power that goes, machines that move. */
class ThreeNodesTest {
    private static final Duration LATER = Duration.ofMillis(400);

    @TempDir
    Path state;
    private TestSandbox sandbox;

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state, 3, new Delays(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO,
                Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, LATER, LATER.multipliedBy(2)), Tasks.LOCK_WAIT);
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    private Node node(int number) {
        return sandbox.cluster.node("pve" + number);
    }

    private void create(int vmid, String node, String storage) throws Exception {
        String image = "/nodes/" + node + "/storage/" + storage;
        if (sandbox.cluster.node(node).storage(storage).find(storage + ":import/debian.qcow2").isEmpty()) {
            assertEquals("OK", sandbox.task("POST", image + "/download-url", "content", "import", "filename", "debian.qcow2",
                    "url", sandbox.url("debian.qcow2")));
        }
        assertEquals("OK", sandbox.task("POST", "/nodes/" + node + "/qemu", "vmid", String.valueOf(vmid), "pool", "pgha",
                "name", "vm" + vmid, "onboot", "1", "net0", "virtio,bridge=vmbr0", "ide2", storage + ":cloudinit",
                "scsi0", storage + ":0,import-from=" + storage + ":import/debian.qcow2,format=qcow2", "boot", "order=scsi0"));
        assertEquals("OK", sandbox.task("POST", "/nodes/" + node + "/qemu/" + vmid + "/status/start"));
    }

    private Map<String, JsonNode> rows(String path, String key, String... parameters) throws Exception {
        return StreamSupport.stream(sandbox.call("GET", path, parameters).data().spliterator(), false)
                .collect(Collectors.toMap(row -> row.get(key).asText(), Function.identity(), (a, b) -> b, TreeMap::new));
    }

    @Test
    void eachNodeAnswersForAll() throws Exception {
        create(100, "pve2", "local");
        for (int asked = 0; asked < 3; asked++) {
            sandbox.ask(asked);
            assertEquals(List.of("pve1", "pve2", "pve3"), List.copyOf(rows("/nodes", "node").keySet()));
            assertEquals("pve2", rows("/cluster/resources", "id").get("qemu/100").get("node").asText());
            assertEquals("running",
                    sandbox.call("GET", "/nodes/pve2/qemu/100/status/current").data().get("status").asText());
        }
        assertEquals("Configuration file 'nodes/pve3/qemu-server/100.conf' does not exist\n",
                sandbox.call("GET", "/nodes/pve3/qemu/100/config").body().get("message").asText());
        assertTrue(sandbox.call("GET", "/nodes/pve2/tasks").data().get(0).get("upid").asText().startsWith("UPID:pve2:"));
        assertEquals("hostname lookup 'pve' failed - failed to get address info for: pve: Name or service not known\n",
                sandbox.call("GET", "/nodes/pve/qemu").body().get("message").asText());
    }

    @Test
    void anIdIsTakenOnAllNodes() throws Exception {
        create(100, "pve2", "local");
        assertEquals("unable to create VM 100 - VM 100 already exists on node 'pve2'\n", sandbox.call("POST",
                "/nodes/pve1/qemu", "vmid", "100", "pool", "pgha").body().get("message").asText());
        assertEquals("101", sandbox.call("GET", "/cluster/nextid").data().asText());
    }

    @Test
    void whatIsLocalIsOnOneNodeAndWhatIsSharedOnAll() throws Exception {
        create(100, "pve1", "local");
        create(101, "pve2", "shared");
        assertEquals(0, sandbox.call("GET", "/nodes/pve3/storage/local/content", "content", "import").data().size());
        assertEquals(1, sandbox.call("GET", "/nodes/pve3/storage/shared/content", "content", "import").data().size());
        assertEquals(1, sandbox.call("GET", "/storage/shared").data().get("shared").asInt());
        assertEquals(0, sandbox.call("GET", "/storage/local").data().get("shared").asInt());
        assertTrue(sandbox.task("POST", "/nodes/pve3/storage/shared/download-url", "content", "import", "filename",
                "debian.qcow2", "url", sandbox.url("debian.qcow2")).startsWith("refusing to override existing file"));
        assertEquals("OK", sandbox.task("DELETE", "/nodes/pve3/storage/shared/content/shared:import%2Fdebian.qcow2"));
        assertEquals(0, sandbox.call("GET", "/nodes/pve1/storage/shared/content", "content", "import").data().size());
        assertEquals(0, rows("/cluster/resources", "id", "type", "storage").size(), "for those with Datastore.Audit only");
        sandbox.grant("/storage/shared", "Datastore.Audit");
        assertEquals(List.of("storage/pve1/shared", "storage/pve2/shared", "storage/pve3/shared"),
                List.copyOf(rows("/cluster/resources", "id", "type", "storage").keySet()));
    }

    @Test
    void aNodeWithoutPowerIsMissedByAndBy() throws Exception {
        create(100, "pve1", "local");
        create(101, "pve2", "local");
        sandbox.servers.powerOff(node(2));
        assertFalse(sandbox.hypervisor.running(101));
        assertTrue(sandbox.hypervisor.running(100));
        Answer answer = sandbox.call("GET", "/nodes/pve2/qemu/101/status/current");
        assertEquals(595, answer.status());
        assertEquals("Connection refused\n", answer.body().get("message").asText());
        assertEquals(403, sandbox.call("GET", "/nodes/pve2/qemu/102/status/current").status(), "rights are looked at first");
        assertEquals("online", rows("/nodes", "node").get("pve2").get("status").asText());
        assertEquals("running", rows("/cluster/resources", "id").get("qemu/101").get("status").asText(),
                "as it was when it was heard of last");
        await(() -> rows("/nodes", "node").get("pve2").get("status").asText().equals("offline"));
        await(() -> rows("/cluster/resources", "id").get("qemu/101").get("status").asText().equals("unknown"));
        assertEquals("running", rows("/cluster/resources", "id").get("qemu/100").get("status").asText());
        sandbox.ask(2);
        assertEquals("pve2", rows("/cluster/resources", "id").get("qemu/101").get("node").asText());
    }

    @Test
    void aNodeThatComesBackStartsItsMachines() throws Exception {
        create(101, "pve2", "local");
        sandbox.servers.powerOff(node(2));
        sandbox.servers.powerOff(node(2));
        assertFalse(sandbox.hypervisor.running(101));
        sandbox.servers.powerOn(node(2));
        await(() -> sandbox.hypervisor.running(101));
        sandbox.ask(1);
        assertEquals("online", rows("/nodes", "node").get("pve2").get("status").asText());
        assertEquals("running", rows("/cluster/resources", "id").get("qemu/101").get("status").asText());
    }

    @Test
    void aNodeWithoutPowerStaysSoWhenTheServerStartsAnew() throws Exception {
        create(101, "pve2", "local");
        sandbox.servers.powerOff(node(2));
        sandbox.close();
        start();
        assertEquals(595, sandbox.call("GET", "/nodes/pve2/qemu/101/status/current").status());
        sandbox.servers.powerOn(node(2));
        assertEquals(200, sandbox.call("GET", "/nodes/pve2/qemu/101/status/current").status());
    }

    @Test
    void aNodeThatIsRemovedIsForgottenWithItsMachines() throws Exception {
        create(101, "pve2", "local");
        create(102, "pve2", "shared");
        assertEquals("node pve2 must be without power before it is removed",
                assertThrows(IOException.class, () -> sandbox.servers.remove(node(2))).getMessage());
        sandbox.servers.powerOff(node(2));
        sandbox.servers.remove(node(2));
        assertEquals(List.of("pve1", "pve3"), List.copyOf(rows("/nodes", "node").keySet()));
        assertFalse(rows("/cluster/resources", "id").containsKey("qemu/101"));
        assertEquals("hostname lookup 'pve2' failed - failed to get address info for: pve2: Name or service not known\n",
                sandbox.call("GET", "/nodes/pve2/storage/local/content").body().get("message").asText());
        assertFalse(Files.exists(state.resolve("storage-pve2/images")));
        assertTrue(Files.isDirectory(state.resolve("shared/images/102/vm-102-disk-0.qcow2")), "nobody removes it");
        create(101, "pve3", "local");
        assertTrue(sandbox.hypervisor.running(101));
    }

    @Test
    void withoutAMajorityNothingIsMadeOrStarted() throws Exception {
        create(100, "pve1", "local");
        sandbox.servers.powerOff(node(2));
        assertEquals(200, sandbox.call("POST", "/nodes/pve1/qemu", "vmid", "102", "pool", "pgha").status());
        sandbox.servers.powerOff(node(3));
        assertEquals("cluster not ready - no quorum?\n", sandbox.call("POST", "/nodes/pve1/qemu", "vmid", "103",
                "pool", "pgha").body().get("message").asText());
        assertEquals("OK", sandbox.task("POST", "/nodes/pve1/qemu/100/status/stop"));
        assertEquals(500, sandbox.call("POST", "/nodes/pve1/qemu/100/status/start").status());
    }

    @Test
    void aMachineMovesWithItsDisksWhileItRuns() throws Exception {
        create(100, "pve1", "local");
        create(101, "pve1", "shared");
        sandbox.servers.migrate(100, node(3));
        sandbox.servers.migrate(101, node(3));
        assertEquals("pve3", rows("/cluster/resources", "id").get("qemu/100").get("node").asText());
        assertTrue(sandbox.hypervisor.running(100));
        assertTrue(Files.isDirectory(state.resolve("storage-pve3/images/100/vm-100-disk-0.qcow2")));
        assertFalse(Files.exists(state.resolve("storage/images/100")));
        assertTrue(Files.isDirectory(state.resolve("shared/images/101/vm-101-disk-0.qcow2")));
        assertEquals("OK", sandbox.task("POST", "/nodes/pve3/qemu/100/status/stop"));
        assertEquals("OK", sandbox.task("POST", "/nodes/pve3/qemu/100/status/start"));
        assertEquals("OK", sandbox.task("POST", "/nodes/pve3/qemu/100/status/stop"));
        assertEquals("OK", sandbox.task("DELETE", "/nodes/pve3/qemu/100"));
        sandbox.servers.powerOff(node(2));
        IOException refused = assertThrows(IOException.class, () -> sandbox.servers.migrate(101, node(2)));
        assertEquals("VM 101 can't be moved from pve3 to pve2: both must have power", refused.getMessage());
    }

    @Test
    void rightsAreOnEachNode() {
        Map<String, List<String>> rights = Identity.leastRights(List.of("pve1", "pve2", "pve3"));
        for (Node node : sandbox.cluster.nodes()) {
            assertEquals(List.of("Sys.AccessNetwork"), rights.get("/nodes/" + node.name()));
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < deadline, "in vain");
            Thread.sleep(20);
        }
    }
}
