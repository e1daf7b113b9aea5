package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.vm.Hypervisor;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * /nodes/N/qemu/ID/agent: what the guest agent answers. A nspawn node has no channel for a real one, so the hypervisor
 * looks inside itself; the answers are the VM's own. A real machine has to have one.
 */
final class AgentApi {
    private static final Need MONITOR = new Need("/vms/{vmid}", "VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted");

    private final Node node;

    AgentApi(Node node) {
        this.node = node;
    }

    void register(Router router) {
        String agent = "/nodes/{node}/qemu/{vmid}/agent";
        router.on("GET", agent + "/network-get-interfaces", Schema.NONE, this::interfaces, MONITOR);
        router.on("POST", agent + "/ping", Schema.NONE, call -> {
            reach(call);
            return Map.of("result", Map.of());
        }, MONITOR);
        router.on("GET", agent + "/get-host-name", Schema.NONE, call -> Map.of("result", Map.of("host-name",
                inside(call, "cat", "/proc/sys/kernel/hostname"))), MONITOR);
        router.on("GET", agent + "/get-osinfo", Schema.NONE, this::osInfo, MONITOR);
        router.on("POST", agent, Schema.of().required(Type.TEXT, "command"), call -> switch (call.required("command")) {
            case "ping" -> {
                reach(call);
                yield Map.of("result", Map.of());
            }
            case "network-get-interfaces" -> interfaces(call);
            case "get-osinfo" -> osInfo(call);
            default -> throw ApiException.notImplemented("POST", "agent command " + call.required("command"));
        }, MONITOR);
    }

    private Object interfaces(Call call) throws Exception {
        List<Map<String, Object>> devices = new ArrayList<>();
        for (Hypervisor.Interface device : node.hypervisor().interfaces(reach(call))) {
            List<Map<String, Object>> addresses = device.addresses().stream().map(a -> Answers.of(
                    "ip-address", a.address(), "prefix", a.prefix(), "ip-address-type", a.family())).toList();
            devices.add(Answers.of("name", device.name(), "hardware-address", device.mac(),
                    "ip-addresses", addresses));
        }
        return Map.of("result", devices);
    }

    private Object osInfo(Call call) throws Exception {
        Map<String, Object> info = Answers.of("kernel-release", inside(call, "uname", "-r"),
                "machine", inside(call, "uname", "-m"));
        for (String line : inside(call, "cat", "/etc/os-release").lines().toList()) {
            int equals = line.indexOf('=');
            String value = line.substring(equals + 1).replace("\"", "");
            switch (line.substring(0, Math.max(0, equals))) {
                case "ID" -> info.put("id", value);
                case "NAME" -> info.put("name", value);
                case "PRETTY_NAME" -> info.put("pretty-name", value);
                case "VERSION" -> info.put("version", value);
                case "VERSION_ID" -> info.put("version-id", value);
                default -> { }
            }
        }
        return Map.of("result", info);
    }

    private String inside(Call call, String... command) throws Exception {
        Hypervisor.Result result = node.hypervisor().run(reach(call), List.of(command), null);
        if (result.exitCode() != 0) {
            throw ApiException.failed("guest command " + command[0] + " failed: " + result.err().strip());
        }
        return result.out().strip();
    }

    /** The VM, if its agent can be asked. */
    private int reach(Call call) throws IOException {
        node.check(call);
        VmConfig config = node.vm(call.vmid());
        if (!config.agent()) {
            throw ApiException.failed("No QEMU guest agent configured");
        }
        if (!node.hypervisor().running(config.id())) {
            throw ApiException.failed("VM " + config.id() + " is not running");
        }
        return config.id();
    }
}
