package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.task.TaskLog;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.time.Duration;

/** Switches VMs on and off, in Proxmox's time. Called from tasks only, so one at a time for each VM. */
public final class Power {
    private final Node node;
    private final Boot boot;

    public Power(Node node) {
        this.node = node;
        this.boot = new Boot(node);
    }

    /** Throws if a lock of the configuration keeps the VM as it is. */
    public static void checkLock(VmConfig config) throws IOException {
        if (config.get("lock").isPresent()) {
            throw new IOException("VM is locked (" + config.get("lock").get() + ")");
        }
    }

    void start(int vmid, TaskLog log) throws IOException, InterruptedException {
        VmConfig config = node.vm(vmid);
        checkLock(config);
        if (node.hypervisor().running(vmid)) {
            throw new IOException("VM " + vmid + " already running");
        }
        Thread.sleep(node.delays().start().toMillis());
        powerOn(config, log);
    }

    private void powerOn(VmConfig config, TaskLog log) throws IOException, InterruptedException {
        node.hypervisor().powerOn(boot.prepare(config), log);
        node.vms().savePoweredOn(config);
    }

    /** Ends the VM at once; if it hangs, as soon as Proxmox is sure. Harmless if it is off. */
    void stop(int vmid, TaskLog log) throws IOException, InterruptedException {
        if (!node.hypervisor().running(vmid)) {
            return;
        }
        checkLock(node.vm(vmid));
        long begun = System.nanoTime();
        if (Delays.ends(node.delays().quit(), () -> node.hypervisor().hung(vmid))) {
            node.hypervisor().cutPower(vmid);
            Delays.rest(node.delays().stop(), begun);
        } else {
            log.line("VM quit/powerdown failed - terminating now with SIGTERM");
            terminate(vmid, log);
        }
    }

    private void terminate(int vmid, TaskLog log) throws IOException, InterruptedException {
        if (!Delays.ends(node.delays().terminate(), () -> node.hypervisor().hung(vmid))) {
            log.line("VM still running - terminating now with SIGKILL");
        }
        node.hypervisor().cutPower(vmid);
        Thread.sleep(node.delays().kill().toMillis());
    }

    /** Asks the VM to shut down; harmless if it is off. */
    void shutdown(int vmid, Duration timeout, boolean force, TaskLog log) throws IOException, InterruptedException {
        if (!node.hypervisor().running(vmid)) {
            return;
        }
        checkLock(node.vm(vmid));
        if (!Delays.ends(node.delays().hungStatus(), () -> node.hypervisor().hung(vmid))) {
            if (!force) {
                throw new IOException("VM quit/powerdown failed");
            }
            log.line("VM quit/powerdown failed - terminating now with SIGTERM");
            terminate(vmid, log);
            return;
        }
        node.hypervisor().pressPowerButton(vmid);
        if (!node.hypervisor().awaitOff(vmid, timeout)) {
            if (!force) {
                throw new IOException("VM quit/powerdown failed - got timeout");
            }
            log.line("VM still running - terminating now with SIGTERM");
            node.hypervisor().cutPower(vmid);
        }
    }

    /** Presses the reset button: the machine begins anew at once. */
    void reset(int vmid, TaskLog log) throws IOException, InterruptedException {
        VmConfig config = node.vm(vmid);
        checkLock(config);
        if (!node.hypervisor().reset(vmid)) {
            node.hypervisor().cutPower(vmid);
            powerOn(node.vms().poweredOn(vmid).orElse(config), log);
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
