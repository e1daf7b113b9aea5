package io.github.pgha.sandbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.api.Api;
import io.github.pgha.sandbox.api.ApiServer;
import io.github.pgha.sandbox.api.Faults;
import io.github.pgha.sandbox.api.Delays;
import io.github.pgha.sandbox.api.Node;
import io.github.pgha.sandbox.api.Pools;
import io.github.pgha.sandbox.api.Power;
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
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves one sandbox: the API and SSH of its node, inside its network namespace. */
@Command(name = "pgha-sandbox", description = "Serves the API and the SSH of a Proxmox VE stand-in.",
        mixinStandardHelpOptions = true)
public final class Main implements Callable<Integer> {
    private static final String NODE = "pve";

    @Option(names = "--name", required = true, description = "The sandbox's name.")
    private String name;

    @Option(names = "--state", required = true, description = "Its state directory.")
    private Path state;

    @Option(names = "--images", required = true, description = "The cache of root file systems.")
    private Path images;

    @Option(names = "--lib", required = true, description = "The directory of vm-run and node-shell.")
    private Path lib;

    @Option(names = "--address", required = true, description = "The node's IP address.")
    private String address;

    @Option(names = "--bridge", required = true, description = "The bridge for the VMs' cables.")
    private String bridge;

    @Option(names = "--hypervisor", defaultValue = "nspawn", description = "What carries VMs: nspawn or qemu.")
    private Carrier carrier;

    @Option(names = "--accelerator", defaultValue = "tcg", description = "How QEMU runs them: kvm or tcg.")
    private Accelerator accelerator;

    @Option(names = "--node-boot", description = "The node comes up: start the VMs that have \"onboot\".")
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
        Identity identity = new Identity(state.resolve("identity"), NODE, address, json);
        Storage storage = new Storage("local", state.resolve("storage/local"),
                carrier == Carrier.qemu ? new ImageDisks(json) : new TreeDisks(images, json));
        Path vms = state.resolve("vms");
        VmStore store = new VmStore(vms, json);
        Pools pools = new Pools(state.resolve("pools.json"), json);
        Tokens tokens = new Tokens(identity.tokenFile(), pools, json);
        administer(identity, pools, storage, json);
        CountDownLatch ended = new CountDownLatch(1);
        try (Tasks tasks = new Tasks(state.resolve("tasks"), NODE, Tasks.LOCK_WAIT, json)) {
            Node node = new Node(NODE, address, identity.fingerprint(), bridge, storage, store,
                    hypervisor(vms, storage, json), tasks, tokens, pools, new Settings(state), Delays.REAL);
            try (NodeSsh ssh = new NodeSsh(address, 22, identity.hostKey(), identity.authorizedKey(), storage.path(),
                         lib.resolve("node-shell"));
                    ApiServer api = new ApiServer(address, 8006, identity.tls(), Api.router(node),
                            tokens, new Faults(state.resolve("api-faults"), tasks),
                            Delays.REAL, json)) {
                Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
                log.info("node {} at {}: API on port {}, SSH on port {}", NODE, address, api.port(), ssh.port());
                if (nodeBoot) {
                    new Power(node).nodeBoot();
                }
                ended.await();
            }
        }
        return 0;
    }

    private Hypervisor hypervisor(Path vms, Storage storage, ObjectMapper json) throws IOException {
        if (carrier == Carrier.nspawn) {
            return new NspawnHypervisor(name, vms, lib, json);
        }
        return new QemuHypervisor(name, vms, lib, accelerator == Accelerator.kvm, id -> storage.find(id)
                .orElseThrow(() -> new IOException("volume '" + id + "' does not exist")).path(), json);
    }

    /** What an administrator does once, before the first machine: docs/proxmox.md. Done for an earlier sandbox, too. */
    private void administer(Identity identity, Pools pools, Storage storage, ObjectMapper json) throws IOException {
        Path done = state.resolve("administered");
        if (!Files.exists(done)) {
            pools.ensure(Identity.POOL);
            identity.addRights(json);
            storage.shareSnippets(NodeSsh.UID);
            Files.writeString(done, "pool, rights, snippets\n");
        }
    }
}
