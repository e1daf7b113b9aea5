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

/** A VM from its image to its removal. */
class LifeCycleTest {
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
    void createsStartsStopsAndDeletes() throws Exception {
        assertEquals("100", sandbox.call("GET", "/cluster/nextid").data().asText());
        sandbox.createVm();
        assertEquals("101", sandbox.call("GET", "/cluster/nextid").data().asText());
        assertEquals("stopped", status());

        assertEquals("OK", sandbox.task("POST", VM + "/status/start", "timeout", "60"));
        assertEquals("running", status());
        assertEquals("VM 100 already running", sandbox.task("POST", VM + "/status/start"));
        assertEquals("VM 100 is running - destroy failed\n",
                sandbox.call("DELETE", VM).body().get("message").asText());

        assertEquals("OK", sandbox.task("POST", VM + "/status/reboot"));
        assertEquals("running", status());
        assertEquals("OK", sandbox.task("POST", VM + "/status/shutdown"));
        assertEquals("stopped", status());
        assertEquals("OK", sandbox.task("POST", VM + "/status/start"));
        assertEquals("OK", sandbox.task("POST", VM + "/status/reset"));
        assertEquals("running", status());
        assertEquals("OK", sandbox.task("POST", VM + "/status/stop"));
        assertEquals("stopped", status());

        assertEquals("OK", sandbox.task("DELETE", VM, "purge", "1", "destroy-unreferenced-disks", "1"));
        assertEquals(403, sandbox.call("GET", VM + "/status/current").status(), "its pool knows it no more");
        sandbox.grant("/vms", "VM.Audit");
        Answer gone = sandbox.call("GET", VM + "/status/current");
        assertEquals(500, gone.status());
        assertEquals("Configuration file 'nodes/pve/qemu-server/100.conf' does not exist\n",
                gone.body().get("message").asText());
        assertEquals(0, sandbox.call("GET", "/nodes/pve/storage/local/content", "content", "images").data().size());
        assertFalse(Files.exists(state.resolve("vms/100")));
    }

    @Test
    void aHungVmIsShutDownByForceOnly() throws Exception {
        sandbox.createVm();
        sandbox.task("POST", VM + "/status/start");
        sandbox.hypervisor.hangs = true;
        assertEquals("VM quit/powerdown failed - got timeout",
                sandbox.task("POST", VM + "/status/shutdown", "timeout", "1"));
        assertEquals("OK", sandbox.task("POST", VM + "/status/shutdown", "timeout", "1", "forceStop", "1"));
        assertEquals("stopped", status());
    }

    @Test
    void theConfigurationHasProxmoxsForm() throws Exception {
        sandbox.createVm("onboot", "1", "agent", "enabled=1");
        JsonNode config = sandbox.call("GET", VM + "/config").data();
        assertEquals("local:100/vm-100-disk-0.qcow2,iothread=1,size=3G", config.get("scsi0").asText());
        assertEquals("local:100/vm-100-cloudinit.qcow2,media=cdrom,size=4M", config.get("ide2").asText());
        assertTrue(config.get("net0").asText().matches("virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0"));
        assertTrue(config.get("cores").isNumber());
        assertTrue(config.get("onboot").isNumber());
        assertEquals("1024", config.get("memory").textValue());
        assertEquals(40, config.get("digest").asText().length());

        assertEquals("OK", sandbox.task("PUT", VM + "/resize", "disk", "scsi0", "size", "20G"));
        assertEquals("OK", sandbox.task("PUT", VM + "/resize", "disk", "scsi0", "size", "+1G"));
        assertEquals("shrinking disks is not supported",
                sandbox.task("PUT", VM + "/resize", "disk", "scsi0", "size", "5G"));
        assertEquals("local:100/vm-100-disk-0.qcow2,iothread=1,size=21G",
                sandbox.call("GET", VM + "/config").data().get("scsi0").asText());
    }

    @Test
    void aChangeOfARunningVmIsPending() throws Exception {
        sandbox.createVm();
        sandbox.task("POST", VM + "/status/start");
        assertEquals(200, sandbox.call("PUT", VM + "/config", "memory", "2048", "delete", "cores").status());
        assertEquals("2048", sandbox.call("GET", VM + "/config").data().get("memory").asText());
        JsonNode current = sandbox.call("GET", VM + "/config", "current", "1").data();
        assertEquals("1024", current.get("memory").asText());
        assertEquals(2, current.get("cores").asInt());
        for (JsonNode row : sandbox.call("GET", VM + "/pending").data()) {
            switch (row.get("key").asText()) {
                case "memory" -> assertEquals("2048", row.get("pending").asText());
                case "cores" -> assertEquals(1, row.get("delete").asInt());
                default -> assertFalse(row.has("pending") || row.has("delete"), row.toString());
            }
        }
    }

    @Test
    void aCableIsPulledByConfiguration() throws Exception {
        sandbox.createVm();
        sandbox.task("POST", VM + "/status/start");
        String net = sandbox.call("GET", VM + "/config").data().get("net0").asText();
        assertEquals("OK", sandbox.task("POST", VM + "/config", "net0", net + ",link_down=1"));
        assertEquals(false, sandbox.hypervisor.cables.get("100/0"));
        assertEquals("OK", sandbox.task("POST", VM + "/config", "net0", net));
        assertEquals(true, sandbox.hypervisor.cables.get("100/0"));
    }

    @Test
    void protectionKeepsAVm() throws Exception {
        sandbox.createVm("protection", "1");
        assertEquals("can't remove VM 100 - protection mode enabled\n",
                sandbox.call("DELETE", VM).body().get("message").asText());
    }

    @Test
    void anIdIsTakenOnce() throws Exception {
        sandbox.createVm();
        Answer answer = sandbox.call("POST", "/nodes/pve/qemu", "vmid", "100");
        assertEquals(500, answer.status());
        assertTrue(answer.body().get("message").asText().contains("already exists"));
    }

    @Test
    void theAgentAnswersForARunningVmThatHasIt() throws Exception {
        sandbox.createVm();
        sandbox.grant("/vms", "VM.GuestAgent.Audit", "VM.Config.Options");
        String call = VM + "/agent/network-get-interfaces";
        assertEquals("No QEMU guest agent configured\n", sandbox.call("GET", call).body().get("message").asText());
        sandbox.call("PUT", VM + "/config", "agent", "1");
        assertEquals("VM 100 is not running\n", sandbox.call("GET", call).body().get("message").asText());
        sandbox.task("POST", VM + "/status/start");
        assertEquals("192.168.124.248", sandbox.call("GET", call).data().get("result").get(0).get("ip-addresses").get(0)
                .get("ip-address").asText());
    }

    @Test
    void aDiskWithoutAnImageDoesNotBoot() throws Exception {
        sandbox.task("POST", "/nodes/pve/qemu", "vmid", "100", "pool", "pgha", "scsi0", "local:8");
        assertTrue(sandbox.task("POST", VM + "/status/start").startsWith("nothing to boot on"));
    }

    @Test
    void tasksOutliveTheServer() throws Exception {
        sandbox.createVm();
        sandbox.close();
        sandbox = new TestSandbox(state);
        JsonNode tasks = sandbox.call("GET", "/nodes/pve/tasks").data();
        assertEquals("qmcreate", tasks.get(0).get("type").asText());
        assertEquals("OK", tasks.get(0).get("status").asText());
        String upid = tasks.get(0).get("upid").asText();
        assertTrue(upid.matches("UPID:pve:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmcreate:100:pgha@pve!pulumi:"), upid);
        JsonNode log = sandbox.call("GET", "/nodes/pve/tasks/" + TestSandbox.encode(upid) + "/log").data();
        assertEquals("TASK OK", log.get(log.size() - 1).get("t").asText());
        assertEquals("course-pg1", sandbox.call("GET", "/nodes/pve/qemu").data().get(0).get("name").asText());
    }

    private String status() throws Exception {
        return sandbox.call("GET", VM + "/status/current").data().get("status").asText();
    }
}
