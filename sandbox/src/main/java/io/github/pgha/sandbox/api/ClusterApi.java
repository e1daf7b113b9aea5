package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.task.Task;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** /version, /cluster, /access. */
final class ClusterApi {
    private static final Need AUDIT = new Need("/", "Sys.Audit");
    /** Paths that are always asked about. */
    private static final List<String> TOP = List.of("/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage",
            "/vms");

    private final Cluster cluster;
    private final Settings settings;

    ClusterApi(Cluster cluster) {
        this.cluster = cluster;
        this.settings = cluster.common().settings();
    }

    void register(Router router) {
        router.on("GET", "/version", Schema.NONE, call -> NodeApi.version(settings));
        router.on("GET", "/cluster/status", Schema.NONE, call -> status(), AUDIT);
        router.on("GET", "/cluster/resources", Schema.of().optional(Type.TEXT, "type"), this::resources);
        router.on("GET", "/cluster/nextid", Schema.of().optional(Type.INTEGER, "vmid"), this::nextId);
        router.on("GET", "/cluster/tasks", Schema.NONE, call -> cluster.nodes().stream()
                .filter(node -> !cluster.isOff(node)).flatMap(node -> node.tasks().list().stream())
                .filter(task -> task.user.equals(call.caller().user())
                        || call.caller().has("/nodes/" + task.node, "Sys.Audit"))
                .sorted(Comparator.comparingLong((Task task) -> task.starttime).reversed())
                .map(TaskApi::summary).toList());
        router.on("GET", "/cluster/ha/resources", Schema.of().optional(Type.TEXT, "type"), call -> {
            boolean vms = call.text("type").map("vm"::equals).orElse(true);
            return settings.ha().stream().filter(vmid -> vms)
                    .map(vmid -> Answers.of("sid", "vm:" + vmid, "type", "vm", "state", "started", "digest", "0")).toList();
        }, AUDIT);
        router.on("GET", "/cluster/ha/resources/{sid}", Schema.NONE, call -> {
            String sid = call.path("sid").replaceFirst("^(?=\\d)", "vm:");
            return settings.ha().stream().filter(vmid -> sid.equals("vm:" + vmid)).findFirst()
                    .map(vmid -> Answers.of("sid", sid, "type", "vm", "state", "started", "digest", "0"))
                    .orElseThrow(() -> ApiException.failed("no such resource '" + sid + "'"));
        }, AUDIT);
        router.on("GET", "/access/permissions", Schema.of().optional(Type.TEXT, "path", "userid"),
                this::permissions);
    }

    private Object status() {
        List<Map<String, Object>> rows = new ArrayList<>();
        List<Node> nodes = cluster.nodes();
        if (nodes.size() > 1) {
            rows.add(Answers.of("id", "cluster", "type", "cluster", "name", "sandbox", "version", nodes.size(),
                    "nodes", nodes.size(), "quorate", 1));
        }
        for (Node node : nodes) {
            rows.add(Answers.of("id", "node/" + node.name(), "type", "node", "name", node.name(), "ip", node.address(),
                    "nodeid", nodes.size() > 1 ? nodes.indexOf(node) + 1 : 0, "local", nodes.indexOf(node) == 0 ? 1 : 0,
                    "online", cluster.status(node).equals("online") ? 1 : 0, "level", ""));
        }
        return rows;
    }

    private Object resources(Call call) throws Exception {
        String type = call.text("type").orElse("");
        List<Map<String, Object>> resources = new ArrayList<>();
        Map<String, Pools.Pool> pools = call.caller().pools();
        if (type.isEmpty()) {
            pools.keySet().stream().filter(name -> call.caller().has("/pool/" + name, "Pool.Audit"))
                    .forEach(name -> resources.add(Answers.of("id", "/pool/" + name, "pool", name, "type", "pool")));
        }
        if (type.isEmpty() || type.equals("vm")) {
            for (VmConfig config : cluster.common().vms().all()) {
                if (call.caller().has("/vms/" + config.id(), "VM.Audit")) {
                    Map<String, Object> row = cluster.resource(config);
                    Pools.of(pools, config.id()).filter(name -> call.caller().has("/pool/" + name, "Pool.Audit"))
                            .ifPresent(name -> row.put("pool", name));
                    if (settings.ha().contains(config.id())) {
                        row.put("hastate", "started");
                    }
                    resources.add(row);
                }
            }
        }
        if (type.isEmpty() || type.equals("vm")) {
            for (int vmid : settings.containers()) {
                if (call.caller().has("/vms/" + vmid, "VM.Audit")) {
                    resources.add(Answers.of("id", "lxc/" + vmid, "type", "lxc", "vmid", vmid,
                            "node", cluster.nodes().get(0).name(),
                            "name", "CT" + vmid, "status", "stopped", "template", 0));
                }
            }
        }
        if (type.isEmpty() || type.equals("node")) {
            for (Node node : cluster.nodes()) {
                resources.add(NodeApi.row(call, cluster, node));
            }
        }
        if (type.isEmpty() || type.equals("storage")) {
            resources.addAll(cluster.storageRows(call));
        }
        return resources;
    }

    /** The lowest free id, or whether the given one is free. A string, as Proxmox sends it. */
    private Object nextId(Call call) throws IOException {
        if (call.text("vmid").isPresent()) {
            int vmid = Schema.vmid(call.required("vmid"));
            if (taken(vmid)) {
                throw ApiException.badParameter("vmid", "VM " + vmid + " already exists");
            }
            return String.valueOf(vmid);
        }
        int vmid = 100;
        while (taken(vmid)) {
            vmid++;
        }
        return String.valueOf(vmid);
    }

    private boolean taken(int vmid) throws IOException {
        return cluster.holder(vmid).isPresent();
    }

    /** What the caller itself may do: "propagate" by privilege, by path. Paths without any are left out. */
    private Object permissions(Call call) throws IOException {
        call.text("userid").filter(user -> !user.equals(call.caller().user())).ifPresent(user -> {
            call.demand("/access", "Sys.Audit");
            throw ApiException.notImplemented("GET", "/access/permissions?userid=" + user);
        });
        Map<String, Object> answer = new TreeMap<>();
        if (call.text("path").isPresent()) {
            answer.put(call.required("path"), flags(call, call.required("path")));
            return answer;
        }
        Set<String> paths = new TreeSet<>(TOP);
        paths.addAll(cluster.common().tokens().paths());
        paths.addAll(call.caller().paths());
        for (String path : paths) {
            Map<String, Object> flags = flags(call, path);
            if (!flags.isEmpty()) {
                answer.put(path, flags);
            }
        }
        return answer;
    }

    private static Map<String, Object> flags(Call call, String path) {
        Map<String, Object> flags = new TreeMap<>();
        call.caller().privileges(path).forEach((privilege, propagate) -> flags.put(privilege, propagate ? 1 : 0));
        return flags;
    }
}
