package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.vm.VmConfig;
import io.github.pgha.sandbox.vm.VmStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The nodes, each with what it has, and what they have together. Some of them may be without power. */
public final class Cluster {
    /** How long a node waits for another one that takes no connection. */
    private static final int CONNECT_MILLIS = 30_000;

    /**
     * What is the same on all nodes.
     *
     * @param vms those of all nodes
     */
    public record Common(Tokens tokens, Pools pools, Settings settings, Delays delays, VmStore vms) { }

    /**
     * A node without power, as the others know it.
     *
     * @param since a {@link System#nanoTime}
     * @param rows what the lists said of its machines last, by id
     */
    private record Outage(long since, Map<Integer, Map<String, Object>> rows) { }

    private final Common common;
    private final List<Node> nodes;
    private final Map<String, Outage> outages = new ConcurrentHashMap<>();
    /** Where a node's API listens; for the way from one to another. */
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();

    /** @param nodes at least one; the first one's name comes first everywhere */
    public Cluster(Common common, List<Node> nodes) {
        this.common = common;
        this.nodes = new CopyOnWriteArrayList<>(nodes);
    }

    public Common common() {
        return common;
    }

    public List<Node> nodes() {
        return List.copyOf(nodes);
    }

    /** The node of this name, or Proxmox's error. */
    public Node node(String name) {
        return nodes.stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow(() -> unknownNode(name));
    }

    static ApiException unknownNode(String name) {
        return ApiException.failed("hostname lookup '" + name + "' failed - failed to get address info for: " + name
                + ": Name or service not known");
    }

    /** The node that a VM is on. */
    public Node nodeOf(VmConfig config) throws IOException {
        return node(common.vms().node(config.id()));
    }

    /** Where a node's API listens from now on. */
    public void listens(Node node, int port) {
        ports.put(node.name(), port);
    }

    public boolean isOff(Node node) {
        return outages.containsKey(node.name());
    }

    /** A node has lost its power, or loses it now: the others remember what they knew of its machines. */
    public void lost(Node node) throws IOException {
        Map<Integer, Map<String, Object>> rows = new ConcurrentHashMap<>();
        for (VmConfig config : node.vms().all()) {
            rows.put(config.id(), new QemuView(node).resource(config));
        }
        outages.put(node.name(), new Outage(System.nanoTime(), rows));
    }

    /** A node has its power again. */
    public void returned(Node node) {
        outages.remove(node.name());
    }

    /**
     * A node without power is none of the cluster's any more, and the configurations of its machines are gone: {@code pvecm
     * delnode} and the removal of {@code /etc/pve/nodes/NODE}. Pools and rights still have the machines.
     */
    public void remove(Node node) throws IOException {
        for (VmConfig config : node.vms().all()) {
            node.vms().delete(config.id());
        }
        nodes.remove(node);
        outages.remove(node.name());
    }

    /** "online", or what the others think of a node without power. */
    String status(Node node) {
        Outage outage = outages.get(node.name());
        return outage == null || System.nanoTime() - outage.since < common.delays().offline().toNanos()
                ? "online" : "offline";
    }

    /** A VM in the list of resources: of a node without power what was known last, and after a while nothing more. */
    Map<String, Object> resource(VmConfig config) throws IOException {
        Node node = nodeOf(config);
        Outage outage = outages.get(node.name());
        if (outage == null) {
            return new QemuView(node).resource(config);
        }
        Map<String, Object> row = outage.rows.get(config.id());
        if (row == null || System.nanoTime() - outage.since >= common.delays().unknown().toNanos()) {
            return Answers.of("id", "qemu/" + config.id(), "type", "qemu", "vmid", config.id(), "node", node.name(),
                    "status", "unknown", "tags", config.get("tags").orElse(null), "lock", config.get("lock").orElse(null));
        }
        return Answers.copy(row);
    }

    /** Throws unless most of the nodes have power: with less Proxmox VE changes nothing. */
    void demandQuorum() {
        if (outages.size() * 2 >= nodes.size()) {
            throw ApiException.failed("cluster not ready - no quorum?");
        }
    }

    /** Tries to reach a node without power, as the one that was asked does: ends with 595, when the kernel has found out. */
    ApiException unreachable(Node node) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(node.address(), ports.getOrDefault(node.name(), 8006)), CONNECT_MILLIS);
            return ApiException.unreachable("Connection reset by peer");
        } catch (SocketTimeoutException e) {
            return ApiException.unreachable("Connection timed out");
        } catch (IOException e) {
            return ApiException.unreachable(e.getMessage().replaceFirst(" \\(.*", ""));
        }
    }

    /** All storages by name: of those that each node has for itself the first node's. */
    List<Storage> storages() {
        return nodes.get(0).storages();
    }

    /** Who may see a storage, sees it on each node. */
    List<Map<String, Object>> storageRows(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Storage storage : storages()) {
            if (call.caller().has("/storage/" + storage.name(), "Datastore.Audit")) {
                for (Node node : nodes) {
                    rows.add(Answers.of("id", "storage/" + node.name() + "/" + storage.name(), "type", "storage",
                            "storage", storage.name(), "node", node.name(), "status",
                            status(node).equals("online") ? "available" : "unknown", "shared", storage.shared() ? 1 : 0,
                            "plugintype", "dir", "content", String.join(",", storage.content())));
                }
            }
        }
        return rows;
    }

    /** Another kind of guest or another VM that has an id. */
    Optional<String> holder(int vmid) throws IOException {
        if (common.settings().containers().contains(vmid)) {
            return Optional.of("CT " + vmid + " already exists on node '" + nodes.get(0).name() + "'");
        }
        return common.vms().find(vmid).isEmpty() ? Optional.empty()
                : Optional.of("VM " + vmid + " already exists on node '" + common.vms().node(vmid) + "'");
    }
}
