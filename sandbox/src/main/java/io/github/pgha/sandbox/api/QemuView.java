package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.vm.DiskSize;
import io.github.pgha.sandbox.vm.Hypervisor;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** VMs as the API shows them in lists and as their status. */
final class QemuView {
    private final Node node;

    QemuView(Node node) {
        this.node = node;
    }

    /** A row of /cluster/resources. */
    Map<String, Object> resource(VmConfig config) throws IOException {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", "qemu/" + config.id());
        row.put("type", "qemu");
        row.put("node", node.name());
        row.putAll(row(config));
        row.put("template", 0);
        return row;
    }

    /** A row of /nodes/N/qemu. */
    Map<String, Object> row(VmConfig config) throws IOException {
        boolean running = node.hypervisor().running(config.id());
        Hypervisor.Usage usage = running ? usage(config.id()) : new Hypervisor.Usage(0, 0, 0, 0);
        double share = usage.uptime() == 0 ? 0 : usage.cpuSeconds() / usage.uptime() / config.processors();
        return Answers.of("vmid", config.id(), "name", config.name(), "status", running ? "running" : "stopped",
                "cpus", config.processors(), "cpu", Math.min(1, share), "mem", usage.memory(),
                "maxmem", (long) config.memory() << 20, "disk", 0, "maxdisk", rootSize(config),
                "uptime", usage.uptime(), "pid", running ? usage.pid() : null, "tags", config.get("tags").orElse(null),
                "lock", config.get("lock").orElse(null),
                "netin", 0, "netout", 0, "diskread", 0, "diskwrite", 0);
    }

    /** The answer of status/current. */
    Map<String, Object> status(VmConfig config) throws IOException {
        Map<String, Object> status = row(config);
        status.put("qmpstatus", status.get("status"));
        status.put("ha", Map.of("managed", node.settings().ha().contains(config.id()) ? 1 : 0));
        if (config.agent()) {
            status.put("agent", 1);
        }
        return status;
    }

    /** A VM may go off between two looks. */
    private Hypervisor.Usage usage(int vmid) throws IOException {
        try {
            return node.hypervisor().usage(vmid);
        } catch (IOException e) {
            if (node.hypervisor().running(vmid)) {
                throw e;
            }
            return new Hypervisor.Usage(0, 0, 0, 0);
        }
    }

    private static long rootSize(VmConfig config) {
        return Boot.disk(config).map(drive -> drive.get("size")).map(DiskSize::parse).orElse(0L);
    }
}
