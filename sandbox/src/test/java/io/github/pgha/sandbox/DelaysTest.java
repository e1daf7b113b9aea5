package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgha.sandbox.TestSandbox.Answer;
import io.github.pgha.sandbox.api.Delays;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Proxmox VE needs its time for: each delay is 300 ms here. */
class DelaysTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String VM = "/nodes/pve/qemu/100";

    @TempDir
    Path state;
    private TestSandbox sandbox;

    @BeforeEach
    void start() throws Exception {
        sandbox = new TestSandbox(state, new Delays(SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT),
                SHORT);
        sandbox.createVm();
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    private interface Work {
        void run() throws Exception;
    }

    private static long millis(Work work) throws Exception {
        long begun = System.nanoTime();
        work.run();
        return (System.nanoTime() - begun) / 1_000_000;
    }

    @Test
    void aWrongTokenIsAnsweredLate() throws Exception {
        sandbox.useToken("pgha@pve!pulumi=00000000-0000-0000-0000-000000000000");
        long took = millis(() -> sandbox.call("GET", "/version"));
        assertTrue(took >= 300, took + " ms");
    }

    @Test
    void startAndStopTakeTheirTime() throws Exception {
        long start = millis(() -> sandbox.task("POST", VM + "/status/start"));
        assertTrue(start >= 300, start + " ms");
        assertTrue(sandbox.hypervisor.running(100));
        long stop = millis(() -> sandbox.task("POST", VM + "/status/stop"));
        assertTrue(stop >= 300, stop + " ms");
        assertTrue(millis(() -> sandbox.task("POST", VM + "/status/stop")) < 250, "it is off already");
    }

    @Test
    void aHungMachineRunsAsFarAsTheApiKnows() throws Exception {
        assertEquals("OK", sandbox.task("POST", VM + "/status/start"));
        assertTrue(millis(() -> sandbox.call("GET", VM + "/status/current")) < 250);
        sandbox.hypervisor.frozen.add(100);
        long took = millis(() -> assertEquals("running",
                sandbox.call("GET", VM + "/status/current").data().get("status").asText()));
        assertTrue(took >= 300, took + " ms");
        assertTrue(millis(() -> sandbox.call("GET", "/cluster/resources")) < 250, "no QEMU is asked for the list");
    }

    @Test
    void aHungMachineIsStoppedInThreeSteps() throws Exception {
        assertEquals("OK", sandbox.task("POST", VM + "/status/start"));
        sandbox.hypervisor.frozen.add(100);
        assertEquals("VM quit/powerdown failed", sandbox.task("POST", VM + "/status/shutdown"));
        long took = millis(() -> assertEquals("OK", sandbox.task("POST", VM + "/status/stop")));
        assertTrue(took >= 900, took + " ms");
        assertFalse(sandbox.hypervisor.running(100));
        JsonNode stop = sandbox.call("GET", "/nodes/pve/tasks", "typefilter", "qmstop").data().get(0);
        JsonNode log = sandbox.call("GET", "/nodes/pve/tasks/" + TestSandbox.encode(stop.get("upid").asText()) + "/log")
                .data();
        assertEquals(List.of("VM quit/powerdown failed - terminating now with SIGTERM",
                "VM still running - terminating now with SIGKILL", "TASK OK"),
                StreamSupport.stream(log.spliterator(), false).map(line -> line.get("t").asText()).toList());
    }

    @Test
    void aStopWaitsForNoShutdown() throws Exception {
        assertEquals("OK", sandbox.task("POST", VM + "/status/start"));
        sandbox.hypervisor.hangs = true;
        sandbox.hypervisor.waits = true;
        Answer shutdown = sandbox.call("POST", VM + "/status/shutdown", "timeout", "2");
        assertEquals("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout",
                sandbox.task("POST", VM + "/status/stop"));
        assertTrue(sandbox.hypervisor.running(100));
        assertEquals("VM quit/powerdown failed - got timeout", sandbox.await(shutdown));
    }

    @Test
    void aStopThatOverrulesEndsTheShutdown() throws Exception {
        assertEquals("OK", sandbox.task("POST", VM + "/status/start"));
        sandbox.hypervisor.hangs = true;
        sandbox.hypervisor.waits = true;
        Answer shutdown = sandbox.call("POST", VM + "/status/shutdown", "timeout", "60");
        assertEquals("OK", sandbox.task("POST", VM + "/status/stop", "overrule-shutdown", "1"));
        assertFalse(sandbox.hypervisor.running(100));
        assertEquals("interrupted by signal", sandbox.await(shutdown));
    }

    @Test
    void ofAnHaResourceOnlyTheWishIsDoneAtOnce() throws Exception {
        assertEquals("OK", sandbox.task("POST", VM + "/status/start"));
        Files.writeString(state.resolve("ha"), "100\n");
        assertEquals(1, sandbox.call("GET", VM + "/status/current").data().get("ha").get("managed").asInt());
        Answer stop = sandbox.call("POST", VM + "/status/stop");
        assertTrue(stop.data().asText().contains(":hastop:100:"), stop.toString());
        assertEquals("OK", sandbox.await(stop));
        assertTrue(sandbox.hypervisor.running(100), "the wish is noted, and nothing done yet");
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (sandbox.hypervisor.running(100) && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertFalse(sandbox.hypervisor.running(100));
    }
}
