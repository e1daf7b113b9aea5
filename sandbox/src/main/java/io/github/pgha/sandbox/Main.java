package io.github.pgha.sandbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.api.Cluster;
import io.github.pgha.sandbox.api.Delays;
import io.github.pgha.sandbox.api.Node;
import io.github.pgha.sandbox.api.Pools;
import io.github.pgha.sandbox.api.Settings;
import io.github.pgha.sandbox.api.Tokens;
import io.github.pgha.sandbox.identity.Identity;
import io.github.pgha.sandbox.ssh.NodeSsh;
import io.github.pgha.sandbox.storage.ImageDisks;
import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.storage.TreeDisks;
import io.github.pgha.sandbox.task.Tasks;
import io.github.pgha.sandbox.vm.Hypervisor;
import io.github.pgha.sandbox.vm.NspawnHypervisor;
import io.github.pgha.sandbox.vm.QemuHypervisor;
import io.github.pgha.sandbox.vm.VmStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves one sandbox: the API and the SSH of its nodes, inside its network namespace. */
@Command(name = "pgha-sandbox", description = "Serves the API and the SSH of a Proxmox VE stand-in.",
        mixinStandardHelpOptions = true)
public final class Main implements Callable<Integer> {
    /** What {@link #administer} does in this version. */
    private static final String ADMINISTERED = "pool, rights on it and on two storages, folders of snippets\n";

    @Option(names = "--name", required = true, description = "The sandbox's name.")
    private String name;

    @Option(names = "--state", required = true, description = "Its state directory.")
    private Path state;

    @Option(names = "--images", required = true, description = "The cache of root file systems.")
    private Path images;

    @Option(names = "--lib", required = true, description = "The directory of vm-run and node-shell.")
    private Path lib;

    @Option(names = "--node", required = true, description = "A node and its IP address; may be given several times.")
    private LinkedHashMap<String, String> nodes;

    @Option(names = "--bridge", required = true, description = "The bridge for the VMs' cables.")
    private String bridge;

    @Option(names = "--hypervisor", defaultValue = "nspawn", description = "What carries VMs: nspawn or qemu.")
    private Carrier carrier;

    @Option(names = "--accelerator", defaultValue = "tcg", description = "How QEMU runs them: kvm or tcg.")
    private Accelerator accelerator;

    @Option(names = "--node-boot", description = "The nodes come up: start the VMs that have \"onboot\".")
    private boolean nodeBoot;

    private enum Carrier { nspawn, qemu }

    private enum Accelerator { kvm, tcg }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Logger log = LoggerFactory.getLogger(Main.class);
        ObjectMapper json = new ObjectMapper();
        Identity identity = new Identity(state.resolve("identity"), nodes, json);
        String first = nodes.keySet().iterator().next();
        Path vms = state.resolve("vms");
        Pools pools = new Pools(state.resolve("pools.json"), json);
        Cluster.Common common = new Cluster.Common(new Tokens(identity.tokenFile(), pools, json), pools,
                new Settings(state), Delays.REAL, new VmStore(vms, first, json));
        Hypervisor hypervisor = hypervisor(vms, json);
        Storage shared = storage("shared", "storage/shared", true, json);
        List<Node> all = new ArrayList<>();
        for (Map.Entry<String, String> node : nodes.entrySet()) {
            boolean isFirst = node.getKey().equals(first);
            Storage local = storage("local", isFirst ? "storage/local" : "storage/" + node.getKey() + "/local", false, json);
            Tasks tasks = new Tasks(state.resolve(isFirst ? "tasks" : "tasks-" + node.getKey()), node.getKey(),
                    Tasks.LOCK_WAIT, json);
            all.add(new Node(node.getKey(), node.getValue(), identity.fingerprint(node.getKey()), bridge,
                    List.of(local, shared), common.vms().of(node.getKey()), hypervisor, tasks, common));
        }
        administer(identity, pools, all, json);
        Cluster cluster = new Cluster(common, all);
        CountDownLatch ended = new CountDownLatch(1);
        try (Servers servers = new Servers(cluster, identity, state, lib.resolve("node-shell"),
                new NodeCables(lib.resolve("node-cable"), name), new Servers.Ports(8006, 22), json);
                Control control = new Control(state.resolve("run/control"), cluster, servers)) {
            // Whoever finds the API also finds the socket.
            servers.start();
            control.listen();
            Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
            log.info("nodes {}: API on port 8006, SSH on port 22; control at {}", nodes, control.file());
            if (nodeBoot) {
                servers.bootMachines();
            }
            ended.await();
        } finally {
            all.forEach(node -> node.tasks().close());
        }
        return 0;
    }

    private Hypervisor hypervisor(Path vms, ObjectMapper json) throws IOException {
        return carrier == Carrier.nspawn ? new NspawnHypervisor(name, vms, lib, json)
                : new QemuHypervisor(name, vms, lib, accelerator == Accelerator.kvm, json);
    }

    /** All nodes show a storage at one path; what a node has for itself lies somewhere else, but for the first node's. */
    private Storage storage(String storage, String directory, boolean shared, ObjectMapper json) throws IOException {
        return new Storage(storage, state.resolve(directory), state.resolve("storage").resolve(storage), shared,
                carrier == Carrier.qemu ? new ImageDisks(json) : new TreeDisks(images, json));
    }

    /** What an administrator does once, before the first machine: docs/proxmox.md. Done for an earlier sandbox, too. */
    private void administer(Identity identity, Pools pools, List<Node> all, ObjectMapper json) throws IOException {
        Path done = state.resolve("administered");
        if (!Files.exists(done) || !Files.readString(done).equals(ADMINISTERED)) {
            pools.ensure(Identity.POOL);
            identity.addRights(json);
            for (Node node : all) {
                for (Storage storage : node.storages()) {
                    storage.shareSnippets(NodeSsh.UID);
                }
            }
            Files.writeString(done, ADMINISTERED);
        }
    }
}
