package io.github.pgha.preflight;

import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.ProxmoxApi;
import io.github.pgha.proxmox.api.Row;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** What more than one check asks a Proxmox VE for, asked once. */
final class Survey {
    private final ProxmoxApi api;
    private final Map<String, Row> nodes;
    private final List<Row> machines;
    private final Map<String, Set<String>> rights = new ConcurrentHashMap<>();

    private Survey(ProxmoxApi api, List<Row> nodes, List<Row> machines) {
        this.api = api;
        this.nodes = nodes.stream().filter(node -> node.text("node").isPresent())
                .collect(Collectors.toMap(node -> node.text("node").orElseThrow(), node -> node));
        this.machines = machines;
    }

    /** Asks for the nodes and the machines. */
    static Survey of(ProxmoxApi api) throws ApiException {
        return new Survey(api, api.rows("/nodes", Map.of()), api.rows("/cluster/resources", Map.of("type", "vm")));
    }

    ProxmoxApi api() {
        return api;
    }

    /** All nodes of the Proxmox cluster. */
    Set<String> nodes() {
        return nodes.keySet();
    }

    boolean isOnline(String node) {
        return Optional.ofNullable(nodes.get(node)).flatMap(found -> found.text("status")).filter("online"::equals).isPresent();
    }

    /** Those nodes of the stack's that can be asked. */
    List<String> online(Wanted wanted) {
        return wanted.nodes().stream().filter(this::isOnline).toList();
    }

    /** The machine or container with a number, if the token may see it. */
    Optional<Row> guest(int vmId) {
        return machines.stream().filter(found -> found.number("vmid").filter(id -> id == vmId).isPresent()).findFirst();
    }

    /** A machine that is this stack's, by the last outputs or by its name and tag. */
    Optional<Row> own(Wanted wanted, Wanted.Machine machine) {
        return guest(machine.vmId()).filter(found -> found.text("type").filter("lxc"::equals).isEmpty())
                .filter(found -> wanted.wasMade(machine) || isTagged(found)
                        && found.text("name").filter(machine.name()::equals).isPresent());
    }

    private static boolean isTagged(Row found) {
        return found.text("tags").filter(tags -> List.of(tags.split("[;, ]+")).contains("pgha")).isPresent();
    }

    /** The token's own privileges on a path, those that it has from above and from pools included. */
    Set<String> rights(String path) throws ApiException {
        return rights(api, rights, path);
    }

    /** The same of another token. */
    static Set<String> rights(ProxmoxApi api, Map<String, Set<String>> known, String path) throws ApiException {
        Set<String> found = known.get(path);
        if (found == null) {
            Object privileges = api.row("/access/permissions", Map.of("path", path)).values().get(path);
            found = privileges instanceof Map<?, ?> map
                    ? map.keySet().stream().map(Object::toString).collect(Collectors.toUnmodifiableSet()) : Set.of();
            known.put(path, found);
        }
        return found;
    }

    static String list(Collection<String> names) {
        return names.isEmpty() ? "none" : names.stream().sorted().collect(Collectors.joining(", "));
    }
}
