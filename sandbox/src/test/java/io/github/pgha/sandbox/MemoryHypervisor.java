package io.github.pgha.sandbox;

import io.github.pgha.sandbox.task.TaskLog;
import io.github.pgha.sandbox.vm.Hypervisor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** VMs that are only a note that they run. Shuts down at once when asked to, unless told to hang. */
final class MemoryHypervisor implements Hypervisor {
    final Map<Integer, Machine> on = new ConcurrentHashMap<>();
    final Map<String, Boolean> cables = new ConcurrentHashMap<>();
    final Set<Integer> frozen = ConcurrentHashMap.newKeySet();
    volatile boolean hangs;
    volatile boolean waits;

    @Override
    public boolean running(int vmid) {
        return on.containsKey(vmid);
    }

    @Override
    public boolean hung(int vmid) {
        return running(vmid) && frozen.contains(vmid);
    }

    @Override
    public void powerOn(Machine machine, TaskLog log) {
        on.put(machine.config().id(), machine);
        log.line("started");
    }

    @Override
    public void pressPowerButton(int vmid) {
        if (!hangs) {
            on.remove(vmid);
        }
    }

    @Override
    public void cutPower(int vmid) {
        on.remove(vmid);
    }

    @Override
    public boolean awaitOff(int vmid, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + (waits ? atMost.toNanos() : 0);
        while (running(vmid) && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        return !running(vmid);
    }

    @Override
    public void plug(int vmid, int net, boolean in) {
        cables.put(vmid + "/" + net, in);
    }

    @Override
    public Usage usage(int vmid) throws IOException {
        if (!running(vmid)) {
            throw new IOException("VM " + vmid + " is not running");
        }
        return new Usage(4711, 60, 100 << 20, 6);
    }

    @Override
    public List<Interface> interfaces(int vmid) {
        return List.of(new Interface("ens18", "bc:24:11:00:00:01",
                List.of(new Address("192.168.124.248", 23, "ipv4"))));
    }

    @Override
    public Result run(int vmid, List<String> command, String input) {
        return new Result(0, String.join(" ", command), "");
    }

    @Override
    public void forget(int vmid) {
        cables.keySet().removeIf(key -> key.startsWith(vmid + "/"));
    }
}
