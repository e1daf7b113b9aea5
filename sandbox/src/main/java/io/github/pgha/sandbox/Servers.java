package io.github.pgha.sandbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.api.ApiServer;
import io.github.pgha.sandbox.api.Cluster;
import io.github.pgha.sandbox.api.Dispatcher;
import io.github.pgha.sandbox.api.Faults;
import io.github.pgha.sandbox.api.Node;
import io.github.pgha.sandbox.api.Power;
import io.github.pgha.sandbox.identity.Identity;
import io.github.pgha.sandbox.ssh.NodeSsh;
import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What runs on the nodes: API and SSH; and the nodes' power. A node that is off has a file {@code off/NAME} in the state. */
final class Servers implements AutoCloseable {
    private final Cluster cluster;
    private final Identity identity;
    private final Path state;
    private final Path shell;
    private final Cables cables;
    private final Ports ports;
    private final ObjectMapper json;
    private final Dispatcher dispatcher;
    private final Map<String, ApiServer> apis = new LinkedHashMap<>();
    private final Map<String, NodeSsh> shells = new LinkedHashMap<>();

    /** The nodes' and the machines' cables. */
    interface Cables {
        /** Takes the cables of a node and of machines out, all at one moment. */
        void out(Node node, List<Integer> vmids) throws IOException, InterruptedException;

        /** Plugs a node's cable in. */
        void in(Node node) throws IOException, InterruptedException;
    }

    /** Where nodes listen; 0 is any free port. */
    record Ports(int api, int ssh) { }

    /** @param shell the program that runs the nodes' commands */
    Servers(Cluster cluster, Identity identity, Path state, Path shell, Cables cables, Ports ports, ObjectMapper json) {
        this.cluster = cluster;
        this.identity = identity;
        this.state = state;
        this.shell = shell;
        this.cables = cables;
        this.ports = ports;
        this.json = json;
        this.dispatcher = new Dispatcher(cluster);
    }

    /** Starts all nodes, but those that are off. */
    void start() throws IOException {
        for (Node node : cluster.nodes()) {
            if (Files.exists(mark(node))) {
                cluster.lost(node);
                node.tasks().powerOff();
            } else {
                serve(node);
            }
        }
    }

    /** Starts the machines that are to run when their nodes come up. */
    void bootMachines() throws IOException {
        for (Node node : cluster.nodes()) {
            if (!cluster.isOff(node)) {
                new Power(node).nodeBoot();
            }
        }
    }

    private void serve(Node node) throws IOException {
        ApiServer api = new ApiServer(node.address(), ports.api, identity.tls(node.name()), dispatcher, node,
                cluster.common().tokens(), new Faults(state.resolve("api-faults"), cluster), cluster.common().delays(), json);
        cluster.listens(node, api.port());
        apis.put(node.name(), api);
        Map<Path, Path> storages = new TreeMap<>();
        for (Storage storage : node.storages()) {
            storages.put(storage.shown(), storage.path());
        }
        shells.put(node.name(), new NodeSsh(node.address(), ports.ssh, identity.hostKey(node.name()),
                identity.authorizedKey(), storages, shell));
    }

    int apiPort(Node node) {
        return apis.get(node.name()).port();
    }

    /** Takes a node's power away, with all that is on it: from one moment on nobody hears of it. Harmless if it is off. */
    synchronized void powerOff(Node node) throws IOException, InterruptedException {
        if (cluster.isOff(node)) {
            return;
        }
        Files.createDirectories(mark(node).getParent());
        Files.writeString(mark(node), "");
        cluster.lost(node);
        List<Integer> vmids = node.vms().all().stream().map(VmConfig::id).toList();
        cables.out(node, vmids);
        for (int vmid : vmids) {
            node.hypervisor().cutPower(vmid);
        }
        node.tasks().powerOff();
        apis.remove(node.name()).close();
        shells.remove(node.name()).close();
    }

    /** Gives a node its power again: it boots, and its machines that have "onboot". Harmless if it is on. */
    synchronized void powerOn(Node node) throws IOException, InterruptedException {
        if (!cluster.isOff(node)) {
            return;
        }
        cables.in(node);
        node.tasks().powerOn();
        serve(node);
        Files.delete(mark(node));
        cluster.returned(node);
        new Power(node).nodeBoot();
    }

    /** Takes a node out of the cluster for good, with its disks and all that was on them. */
    synchronized void remove(Node node) throws IOException {
        if (!cluster.isOff(node)) {
            throw new IOException("node " + node.name() + " must be without power before it is removed");
        }
        if (node.equals(cluster.nodes().get(0))) {
            throw new IOException("the first node, " + node.name() + ", stays: the sandbox keeps what is common to all with it");
        }
        for (VmConfig config : node.vms().all()) {
            node.hypervisor().forget(config.id());
        }
        for (Storage storage : node.storages()) {
            if (!storage.shared()) {
                storage.clear();
            }
        }
        cluster.remove(node);
        Files.delete(mark(node));
    }

    /** Moves a machine to another node, whether it runs or not; its disks too, unless both nodes have them. */
    synchronized void migrate(int vmid, Node to) throws Exception {
        VmConfig config = cluster.common().vms().find(vmid).orElseThrow(() -> new IOException("there is no VM " + vmid));
        Node from = cluster.nodeOf(config);
        if (from.equals(to)) {
            throw new IOException("VM " + vmid + " is on node " + to.name() + " already");
        }
        if (cluster.isOff(from) || cluster.isOff(to)) {
            throw new IOException("VM " + vmid + " can't be moved from " + from.name() + " to " + to.name()
                    + ": both must have power");
        }
        from.tasks().exclusively(vmid, () -> {
            Power.checkLock(from.vm(vmid));
            for (Storage storage : from.storages()) {
                if (!storage.shared()) {
                    storage.moveTo(to.storage(storage.name()), vmid);
                }
            }
            cluster.common().vms().move(vmid, to.name());
            return null;
        });
    }

    private Path mark(Node node) {
        return state.resolve("off").resolve(node.name());
    }

    @Override
    public void close() throws IOException {
        for (ApiServer api : apis.values()) {
            api.close();
        }
        for (NodeSsh ssh : shells.values()) {
            ssh.close();
        }
    }
}
