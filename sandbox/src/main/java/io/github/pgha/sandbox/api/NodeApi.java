package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Need;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** /nodes and what they say about themselves. Figures are those of the machine below. */
final class NodeApi {
    private static final Need AUDIT = new Need("/nodes/{node}", "Sys.Audit");

    /** That of the sandbox's network. */
    private static final String GATEWAY = "192.168.124.1";

    private final Node node;

    NodeApi(Node node) {
        this.node = node;
    }

    /** The list of all nodes. */
    static void register(Cluster cluster, Router router) {
        router.on("GET", "/nodes", Schema.NONE, call -> {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (Node node : cluster.nodes()) {
                Map<String, Object> row = row(call, cluster, node);
                row.put("ssl_fingerprint", node.fingerprint());
                rows.add(row);
            }
            return rows;
        });
    }

    void register(Router router) {
        router.on("GET", "/nodes/{node}/status", Schema.NONE, this::status, AUDIT);
        router.on("GET", "/nodes/{node}/version", Schema.NONE, call -> {
            node.check(call);
            return version(node.settings());
        });
        router.on("GET", "/nodes/{node}/network", Schema.of().optional(Schema.Type.TEXT, "type"), this::network);
    }

    /** Interfaces are for everybody, bridges for those who may use them, or VLANs of theirs. */
    private Object network(Call call) throws IOException {
        node.check(call);
        List<Map<String, Object>> interfaces = new ArrayList<>();
        for (Settings.Interface card : node.settings().network()) {
            interfaces.add(Answers.of("iface", card.name(), "type", "eth", "active", 1, "autostart", 1, "exists", 1,
                    "method", "static", "cidr", card.cidr(), "address", card.cidr().replaceFirst("/.*", ""),
                    "netmask", card.cidr().replaceFirst(".*/", ""), "gateway", card.gateway(), "priority", 2));
        }
        if (seesBridge(call.caller())) {
            interfaces.add(Answers.of("iface", node.bridge(), "type", "bridge", "active", 1, "autostart", 1,
                    "method", "static", "address", node.address(), "netmask", "23", "cidr", node.address() + "/23",
                    "gateway", GATEWAY, "bridge_ports", "eno1", "bridge_stp", "off", "bridge_fd", "0", "priority", 3));
        }
        String type = call.text("type").orElse("");
        interfaces.removeIf(card -> !type.isEmpty() && !card.get("type").equals(type)
                && !(card.get("type").equals("bridge") && type.matches("any(_local)?_bridge")));
        return interfaces;
    }

    private boolean seesBridge(Caller caller) {
        String bridge = "/sdn/zones/localnetwork/" + node.bridge();
        return Stream.concat(Stream.of(bridge), caller.paths().stream().filter(path -> path.startsWith(bridge + "/")))
                .anyMatch(path -> caller.hasAny(path, List.of("SDN.Audit", "SDN.Use")));
    }

    /** A node in a list; its figures are for those who may audit it. */
    static Map<String, Object> row(Call call, Cluster cluster, Node node) throws IOException {
        Map<String, Object> row = new LinkedHashMap<>(figures(node));
        row.put("status", cluster.status(node));
        if (!row.get("status").equals("online")) {
            row.keySet().removeAll(List.of("uptime", "cpu", "mem"));
        }
        if (!call.caller().has("/nodes/" + node.name(), "Sys.Audit")) {
            row.keySet().retainAll(List.of("id", "type", "node", "status", "level"));
        }
        return row;
    }

    private static Map<String, Object> figures(Node node) throws IOException {
        Map<String, Long> memory = memory();
        return Answers.of("id", "node/" + node.name(), "type", "node", "node", node.name(), "status", "online",
                "level", "", "cpu", load(), "maxcpu", processors(), "mem", memory.get("used"),
                "maxmem", memory.get("total"), "uptime", uptime());
    }

    private Object status(Call call) throws IOException {
        node.check(call);
        Map<String, Long> memory = memory();
        String[] averages = Files.readString(Path.of("/proc/loadavg")).split(" ");
        return Answers.of("pveversion", "pve-manager/" + node.settings().version() + "/pgha-sandbox",
                "uptime", uptime(), "cpu", load(),
                "loadavg", List.of(averages[0], averages[1], averages[2]),
                "memory", memory,
                "cpuinfo", Answers.of("cpus", processors(), "cores", processors(), "sockets", 1,
                        "model", "the sandbox's host"),
                "kversion", "Linux " + System.getProperty("os.version"));
    }

    static Map<String, Object> version(Settings settings) throws IOException {
        return Answers.of("version", settings.version(), "release", settings.release(), "repoid", "pgha-sandbox");
    }

    private static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Load as a share of all processors, from 0 to 1. */
    private static double load() throws IOException {
        double average = Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        return Math.min(1, average / processors());
    }

    private static long uptime() throws IOException {
        return (long) Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
    }

    private static Map<String, Long> memory() throws IOException {
        Map<String, Long> kibibytes = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .map(line -> line.split("[: ]+"))
                .collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1])));
        long total = kibibytes.get("MemTotal") * 1024;
        long free = kibibytes.get("MemAvailable") * 1024;
        return Map.of("total", total, "free", free, "used", total - free);
    }
}
