package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.task.TaskLog;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.time.Duration;

/** Switches VMs on and off. Called from tasks only, so one at a time for each VM. */
public final class Power {
    private final Node node;
    private final Boot boot;

    public Power(Node node) {
        this.node = node;
        this.boot = new Boot(node);
    }

    void start(int vmid, TaskLog log) throws IOException, InterruptedException {
        VmConfig config = node.vm(vmid);
        if (node.hypervisor().running(vmid)) {
            throw new IOException("VM " + vmid + " already running");
        }
        node.hypervisor().powerOn(boot.prepare(config), log);
        node.vms().savePoweredOn(config);
    }

    /** Asks the VM to shut down; harmless if it is off. */
    void shutdown(int vmid, Duration timeout, boolean force) throws IOException, InterruptedException {
        if (!node.hypervisor().running(vmid)) {
            return;
        }
        node.hypervisor().pressPowerButton(vmid);
        if (!node.hypervisor().awaitOff(vmid, timeout)) {
            if (!force) {
                throw new IOException("VM quit/powerdown failed - got timeout");
            }
            node.hypervisor().cutPower(vmid);
        }
    }

    /** What a node does when it comes up: starts the VMs that have "onboot". */
    public void nodeBoot() throws IOException {
        for (VmConfig config : node.vms().all()) {
            if (config.flag("onboot") && !node.hypervisor().running(config.id())) {
                node.tasks().start("qmstart", String.valueOf(config.id()), config.id(), "root@pam",
                        log -> start(config.id(), log));
            }
        }
    }
}
