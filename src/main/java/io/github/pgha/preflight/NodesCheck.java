package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whether the nodes are there and run, have the bridge, and reach the image. */
final class NodesCheck {
    private static final String NODES = "nodes";
    private static final String BRIDGE = "bridge";
    private static final String IMAGE = "image";
    /** The node asks the server of the image meanwhile. */
    private static final Duration DOWNLOAD_ANSWER = Duration.ofSeconds(15);

    private static final long MIB = 1024L * 1024;

    private final Survey survey;
    private final Wanted wanted;

    NodesCheck(Survey survey, Wanted wanted) {
        this.survey = survey;
        this.wanted = wanted;
    }

    /** Those of the stack; others may be off. */
    List<Finding> nodes() {
        var findings = new ArrayList<Finding>();
        for (Wanted.Machine machine : wanted.machines()) {
            if (!survey.nodes().contains(machine.node())) {
                findings.add(Finding.fails(NODES, "host '" + machine.name() + "': node '" + machine.node()
                        + "' must be one of this Proxmox VE: " + Survey.list(survey.nodes()),
                        Remedy.here(wanted.set(machine.label() + ".node", survey.nodes().stream().sorted().findFirst()
                                .orElse("NODE")))));
            }
        }
        wanted.nodes().stream().filter(survey.nodes()::contains).filter(node -> !survey.isOnline(node)).forEach(node ->
                findings.add(Finding.fails(NODES, "node '" + node + "' must run, and it is offline",
                        Remedy.asRoot(List.of("pvecm status")))));
        if (findings.isEmpty()) {
            Set<String> others = new TreeSet<>(survey.nodes());
            others.removeAll(wanted.nodes());
            others.removeIf(survey::isOnline);
            findings.add(Finding.ok(NODES, Survey.list(wanted.nodes()) + " online" + (others.isEmpty() ? ""
                    : "; " + String.join(", ", others) + " off, which this stack doesn't use")));
        }
        return findings;
    }

    /** Bridges, also those of SDN, are listed as far as the token may use them. */
    List<Finding> bridge(String node) throws ApiException {
        Map<String, Row> bridges = survey.api().rows("/nodes/" + node + "/network", Map.of("type", "any_bridge")).stream()
                .filter(row -> row.text("iface").isPresent())
                .collect(Collectors.toMap(row -> row.text("iface").orElseThrow(), row -> row, (first, second) -> first));
        Row found = bridges.get(wanted.bridge());
        if (found == null) {
            return List.of(Finding.fails(BRIDGE, "bridge '" + wanted.bridge() + "' must be one of node '" + node
                    + "' that the token may use: " + Survey.list(bridges.keySet()), bridges.isEmpty()
                            ? Remedy.asRootOn(node, "ip -brief link show type bridge")
                            : Remedy.here(wanted.set("bridge", new TreeSet<>(bridges.keySet()).first()))));
        }
        if (wanted.vlan().isPresent() && found.text("type").filter("bridge"::equals).isPresent()
                && !found.flag("bridge_vlan_aware")) {
            return List.of(Finding.note(BRIDGE, wanted.bridge() + " on '" + node + "' isn't VLAN-aware: "
                    + "Proxmox VE makes a bridge "
                    + "of its own for tag " + wanted.vlan().get() + ", on " + wanted.bridge() + "'s first port"));
        }
        return List.of(Finding.ok(BRIDGE, wanted.bridge() + " on '" + node + "'"
                + wanted.vlan().map(tag -> ", VLAN tag " + tag).orElse("")));
    }

    /** The node itself downloads it. */
    List<Finding> image(String node) throws ApiException {
        try {
            Object answer = survey.api().get("/nodes/" + node + "/query-url-metadata", Map.of("url", wanted.imageUrl()),
                    DOWNLOAD_ANSWER);
            Object size = answer instanceof Map<?, ?> map ? map.get("size") : null;
            return List.of(Finding.ok(IMAGE, "'" + node + "' reaches " + wanted.imageUrl()
                    + (size instanceof Number bytes && bytes.longValue() >= MIB ? " (" + bytes.longValue() / MIB
                    + " MiB)" : "")));
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.FORBIDDEN) {
                return List.of(Finding.note(IMAGE, "not looked at on '" + node + "', for lack of rights"));
            }
            return List.of(Finding.fails(IMAGE, "'" + node + "' doesn't reach " + wanted.imageUrl() + ": " + e.getMessage(),
                    Remedy.asRootOn(node, "curl --head --location --max-time 20 '" + wanted.imageUrl() + "'")));
        }
    }
}
