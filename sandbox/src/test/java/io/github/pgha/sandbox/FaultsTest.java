package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API fails one caller as the file says, and nobody else. */
class FaultsTest {
    private static final String STATUS = "/nodes/pve/qemu/111/status";

    @TempDir
    Path state;
    private TestSandbox sandbox;
    private String fence;
    private String pulumi;

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state);
        sandbox.createVm("vmid", "111");
        fence = Files.readString(state.resolve("identity/fence-token")).strip();
        pulumi = Files.readString(state.resolve("identity/token")).strip();
        assertEquals("OK", sandbox.task("POST", STATUS + "/start"));
        sandbox.useToken(fence);
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    private void fail(String kind) throws Exception {
        Files.writeString(state.resolve("api-faults"), "pgha-fence@pve!fence " + kind + "\n");
    }

    private void check(String kind, int status, String message) throws Exception {
        fail(kind);
        TestSandbox.Answer answer = sandbox.call("GET", STATUS + "/current");
        assertEquals(status, answer.status());
        assertEquals(message + "\n", answer.body().get("message").asText());
        assertEquals(status, sandbox.call("POST", STATUS + "/stop").status());
        assertTrue(sandbox.hypervisor.running(111));
    }

    @Test
    void refusesInTheWordsOfProxmox() throws Exception {
        check("revoke", 401, "Authentication failed!");
        fail("forbid");
        assertEquals(403, sandbox.call("GET", STATUS + "/current").status());
        assertEquals(403, sandbox.call("POST", STATUS + "/stop").status());
        check("lose-node", 595, "No route to host");
        check("lose-machines", 500, "Configuration file 'nodes/pve/qemu-server/111.conf' does not exist");
        assertEquals(0, sandbox.call("GET", "/cluster/resources", "type", "vm").data().size());
    }

    @Test
    void hidesAState() throws Exception {
        fail("hide-state");
        assertEquals("unknown", sandbox.call("GET", STATUS + "/current").data().get("status").asText());
    }

    @Test
    void stopsNothingThoughItSaysSo() throws Exception {
        fail("ignore-stop");
        assertEquals("OK", sandbox.task("POST", STATUS + "/stop"));
        assertEquals("running", sandbox.call("GET", STATUS + "/current").data().get("status").asText());
    }

    @Test
    void hangsUntilTheFaultEnds() throws Exception {
        fail("hang");
        CompletableFuture<TestSandbox.Answer> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return sandbox.call("GET", STATUS + "/current");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        assertThrows(TimeoutException.class, () -> answer.get(500, TimeUnit.MILLISECONDS));
        Files.delete(state.resolve("api-faults"));
        assertEquals(200, answer.get(10, TimeUnit.SECONDS).status());
    }

    @Test
    void leavesOthersAlone() throws Exception {
        fail("revoke");
        sandbox.useToken(pulumi);
        assertEquals("running", sandbox.call("GET", STATUS + "/current").data().get("status").asText());
    }

    @Test
    void refusesAWordThatItDoesNotKnow() throws Exception {
        fail("explode");
        TestSandbox.Answer answer = sandbox.call("GET", STATUS + "/current");
        assertEquals(500, answer.status());
        assertTrue(answer.body().get("message").asText().startsWith("the sandbox can't fail like 'explode', only like "
                + "hang, revoke, forbid, lose-node, lose-machines, hide-state, ignore-stop"));
    }
}
