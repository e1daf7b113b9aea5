package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** /version, /cluster, /pools, /access: the sandbox is a cluster of one node without pools and without HA. */
final class ClusterApi {
    private static final String VERSION = "8.4.1";
    private static final Need AUDIT = new Need("/", "Sys.Audit");

    private final Node node;
    private final QemuView view;

    ClusterApi(Node node, QemuView view) {
        this.node = node;
        this.view = view;
    }

    void register(Router router) {
        router.on("GET", "/version", Schema.NONE, call -> Answers.of("version", VERSION, "release", "8.4",
                "repoid", "pgha-sandbox"));
        router.on("GET", "/cluster/status", Schema.NONE, call -> List.of(status()), AUDIT);
        router.on("GET", "/cluster/resources", Schema.of().optional(Type.TEXT, "type"), this::resources);
        router.on("GET", "/cluster/nextid", Schema.of().optional(Type.INTEGER, "vmid"), this::nextId);
        router.on("GET", "/cluster/tasks", Schema.NONE, call -> node.tasks().list().stream()
                .filter(task -> task.user.equals(call.caller().user())
                        || call.caller().has("/nodes/" + node.name(), "Sys.Audit"))
                .map(TaskApi::summary).toList());
        router.on("GET", "/cluster/ha/resources", Schema.of().optional(Type.TEXT, "type"), call -> List.of(), AUDIT);
        router.on("GET", "/cluster/ha/resources/{sid}", Schema.NONE, call -> {
            throw ApiException.failed("no such resource '" + call.path("sid") + "'");
        }, AUDIT);
        router.on("GET", "/pools", Schema.of().optional(Type.TEXT, "poolid", "type"), call -> List.of());
        router.on("GET", "/access/permissions", Schema.of().optional(Type.TEXT, "path", "userid"),
                this::permissions);
    }

    private Map<String, Object> status() {
        return Answers.of("id", "node/" + node.name(), "type", "node", "name", node.name(), "ip", node.address(),
                "nodeid", 0, "local", 1, "online", 1, "level", "");
    }

    private Object resources(Call call) throws Exception {
        String type = call.text("type").orElse("");
        List<Map<String, Object>> resources = new ArrayList<>();
        if (type.isEmpty() || type.equals("vm")) {
            for (VmConfig config : node.vms().all()) {
                if (call.caller().has("/vms/" + config.id(), "VM.Audit")) {
                    resources.add(view.resource(config));
                }
            }
        }
        if ((type.isEmpty() || type.equals("node")) && call.caller().has("/nodes/" + node.name(), "Sys.Audit")) {
            Map<String, Object> row = new LinkedHashMap<>(NodeApi.row(node));
            row.put("id", "node/" + node.name());
            resources.add(row);
        }
        if ((type.isEmpty() || type.equals("storage"))
                && call.caller().has("/storage/" + node.storage().name(), "Datastore.Audit")) {
            resources.add(Answers.of("id", "storage/" + node.name() + "/" + node.storage().name(), "type", "storage",
                    "storage", node.storage().name(), "node", node.name(), "status", "available", "shared", 0,
                    "plugintype", "dir", "content", String.join(",", node.storage().content())));
        }
        return resources;
    }

    /** The lowest free id, or whether the given one is free. A string, as Proxmox sends it. */
    private Object nextId(Call call) throws IOException {
        if (call.text("vmid").isPresent()) {
            int vmid = Schema.vmid(call.required("vmid"));
            if (node.vms().find(vmid).isPresent()) {
                throw ApiException.badParameter("vmid", "VM " + vmid + " already exists");
            }
            return String.valueOf(vmid);
        }
        int vmid = 100;
        while (node.vms().find(vmid).isPresent()) {
            vmid++;
        }
        return String.valueOf(vmid);
    }

    private Object permissions(Call call) {
        Map<String, Object> answer = new TreeMap<>();
        List<String> paths = call.text("path").map(List::of).orElseGet(() -> List.copyOf(call.caller().acl().keySet()));
        for (String path : paths) {
            Map<String, Object> privileges = new TreeMap<>();
            call.caller().privileges(path).forEach(privilege -> privileges.put(privilege, 1));
            answer.put(path, privileges);
        }
        return answer;
    }
}
