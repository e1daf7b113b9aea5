package io.github.pgha.sandbox.vm;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.task.TaskLog;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * VMs as QEMU machines: by KVM where that works, otherwise emulated. Each runs under lib/vm-run-qemu in a session of its own,
 * so it doesn't care whether this server lives; a new server finds it by its pid file.
 */
public final class QemuHypervisor implements Hypervisor {
    private static final Logger LOG = LoggerFactory.getLogger(QemuHypervisor.class);
    private static final Duration POWER_ON = Duration.ofSeconds(60);
    /** A QEMU that doesn't hang answers at once. */
    private static final Duration ANSWER = Duration.ofSeconds(3);
    /** How long Proxmox waits after each of the ways to end a QEMU. */
    private static final Duration QUIT = Duration.ofSeconds(60);
    private static final Duration TERMINATE = Duration.ofSeconds(10);
    private static final Duration KILL = Duration.ofSeconds(10);

    private final String sandbox;
    private final Path vms;
    private final Path lib;
    private final boolean kvm;
    private final Path cgroups;
    private final ObjectMapper json;

    /**
     * @param sandbox its name
     * @param vms     directory with a directory for each VM
     * @param lib     directory of vm-run-qemu and its like
     * @param kvm     whether VMs run by KVM; otherwise they are emulated
     */
    public QemuHypervisor(String sandbox, Path vms, Path lib, boolean kvm, ObjectMapper json) throws IOException {
        this.sandbox = sandbox;
        this.vms = vms;
        this.lib = lib;
        this.kvm = kvm;
        this.json = json;
        this.cgroups = NspawnHypervisor.unifiedHierarchy().resolve("pgha-" + sandbox);
    }

    @Override
    public boolean running(int vmid) {
        return recorded(vmid, "pid").isPresent();
    }

    /** As far as it can be seen without asking: QEMU was stopped or frozen. */
    @Override
    public boolean hung(int vmid) {
        try {
            return running(vmid) && (recorded(vmid, "qemu.pid").filter(HostProcess::stopped).isPresent()
                    || Files.readString(freezer(vmid)).startsWith("1"));
        } catch (NoSuchFileException e) {
            // It has just been started and isn't in its control groups yet, or has just ended.
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("can't see whether VM " + vmid + " hangs", e);
        }
    }

    private Path freezer(int vmid) {
        return cgroups.resolve(vmid + "/cgroup.freeze");
    }

    @Override
    public void powerOn(Machine machine, TaskLog log) throws IOException, InterruptedException {
        VmConfig config = machine.config();
        int vmid = config.id();
        Path directory = Files.createDirectories(directory(vmid));
        Path messages = directory.resolve("qemu.log");
        // The machine's serial line writes it, with whatever secrets somebody lets cloud-init print.
        privately(directory.resolve("console.log"));
        var places = new QemuArguments.Places(directory, machine.volumes(), drive(machine.seed(), directory));
        List<String> command = new ArrayList<>(List.of("setsid", lib.resolve("vm-run-qemu").toString()));
        command.addAll(QemuArguments.of(config, kvm, places));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of(
                "VM_DIR", directory.toString(),
                "VM_ID", String.valueOf(vmid),
                "VM_CORES", String.valueOf(config.processors()),
                "VM_MEMORY_MIB", String.valueOf(config.memory()),
                "VM_NETS", config.nets().stream()
                        .map(n -> n.index() + "=" + n.mac() + "=" + n.bridge() + "=" + (n.plugged() ? "up" : "down"))
                        .collect(Collectors.joining(" ")),
                "SANDBOX", sandbox,
                "SANDBOX_NETNS", "/run/netns/pgha-" + sandbox));
        Process process = builder.directory(new File("/")).redirectInput(new File("/dev/null"))
                .redirectErrorStream(true).redirectOutput(messages.toFile()).start();
        long deadline = System.nanoTime() + POWER_ON.toNanos();
        while (!answers(vmid)) {
            if (!process.isAlive()) {
                throw new IOException("start failed: QEMU exited with code " + process.exitValue() + ": "
                        + Files.readString(messages).strip());
            }
            if (System.nanoTime() > deadline) {
                cutPower(vmid);
                throw new IOException("start failed: QEMU doesn't answer after " + POWER_ON.toSeconds() + " s: "
                        + Files.readString(messages).strip());
            }
            Thread.sleep(POLL_MILLIS);
        }
        log.line("started as " + sandbox + "-" + vmid + " by " + (kvm ? "kvm" : "tcg") + ", console "
                + directory.resolve("console.log"));
    }

    private boolean answers(int vmid) {
        try (Monitor monitor = monitor(vmid)) {
            return monitor.execute("query-status", Map.of()).path("running").asBoolean();
        } catch (IOException e) {
            LOG.trace("VM {} doesn't answer yet", vmid, e);
            return false;
        }
    }

    /** Makes the cloud-init drive's image of its files; nothing if there are none. */
    private static Optional<Path> drive(Path seed, Path directory) throws IOException, InterruptedException {
        Path image = directory.resolve("cloudinit.iso");
        Files.deleteIfExists(image);
        if (!Files.exists(seed.resolve("user-data"))) {
            return Optional.empty();
        }
        privately(image);
        Commands.run(List.of("genisoimage", "-quiet", "-iso-level", "3", "-J", "-R", "-V", "cidata", "-o",
                image.toString(), seed.toString()), null).orThrow("can't make the cloud-init drive");
        return Optional.of(image);
    }

    /** Makes an empty file that its owner alone can read, unless it is there. */
    private static void privately(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }

    @Override
    public void pressPowerButton(int vmid) throws IOException {
        try (Monitor monitor = monitor(vmid)) {
            monitor.execute("system_powerdown", Map.of());
        }
    }

    @Override
    public void cutPower(int vmid) throws IOException, InterruptedException {
        Optional<HostProcess> qemu = recorded(vmid, "qemu.pid");
        if (qemu.isPresent() && !quits(vmid, qemu.get())) {
            signal(qemu.get(), ProcessHandle::destroyForcibly);
            thaw(vmid);
        }
        if (!awaitOff(vmid, KILL)) {
            throw new IOException("VM " + vmid + " can't be stopped: its processes don't die");
        }
    }

    /** Asks QEMU to end, in Proxmox's two ways; one that can be seen to hang isn't asked. */
    private boolean quits(int vmid, HostProcess qemu) throws InterruptedException {
        if (hung(vmid)) {
            return false;
        }
        long begin = System.nanoTime();
        try (Monitor monitor = monitor(vmid)) {
            monitor.execute("quit", Map.of());
        } catch (IOException e) {
            // It hangs all the same, or ends at this moment by itself; the signals follow in any case, in their time.
            LOG.info("VM {} doesn't take 'quit': {}", vmid, e.toString());
        }
        if (awaitOff(vmid, QUIT.minusNanos(System.nanoTime() - begin))) {
            return true;
        }
        signal(qemu, ProcessHandle::destroy);
        return awaitOff(vmid, TERMINATE);
    }

    /** Lets what is around a frozen QEMU tidy up. */
    private void thaw(int vmid) throws IOException {
        try {
            Files.writeString(freezer(vmid), "0", StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            LOG.debug("VM {} has no control groups any more", vmid, e);
        }
    }

    private static void signal(HostProcess process, Predicate<ProcessHandle> how) {
        if (process.alive()) {
            ProcessHandle.of(process.pid()).ifPresent(how::test);
        }
    }

    @Override
    public boolean reset(int vmid) throws IOException {
        try (Monitor monitor = monitor(vmid)) {
            monitor.execute("system_reset", Map.of());
        }
        return true;
    }

    @Override
    public boolean resize(int vmid, String drive, long size) throws IOException {
        if (!running(vmid)) {
            return false;
        }
        try (Monitor monitor = monitor(vmid)) {
            monitor.execute("block_resize", Map.of("device", "drive-" + drive, "size", size));
        }
        return true;
    }

    @Override
    public void plug(int vmid, int net, boolean in) throws IOException, InterruptedException {
        Commands.run(List.of("nsenter", "--net=/run/netns/pgha-" + sandbox, "ip", "link", "set", "tap" + vmid + "i" + net,
                in ? "up" : "down"), null).orThrow("can't plug the cable of VM " + vmid);
        // The VM shall see it too.
        try (Monitor monitor = monitor(vmid)) {
            monitor.execute("set_link", Map.of("name", "net" + net, "up", in));
        }
    }

    @Override
    public Usage usage(int vmid) throws IOException {
        HostProcess qemu = recorded(vmid, "qemu.pid").orElseThrow(() -> new IOException("VM " + vmid + " is not running"));
        return new Usage(qemu.pid(), qemu.age(), qemu.memory(), qemu.cpuSeconds());
    }

    @Override
    public List<Interface> interfaces(int vmid) throws IOException {
        try (GuestAgent agent = agent(vmid)) {
            return agent.interfaces();
        }
    }

    @Override
    public Result run(int vmid, List<String> command, String input) throws IOException, InterruptedException {
        try (GuestAgent agent = agent(vmid)) {
            return agent.run(command, input);
        }
    }

    @Override
    public void forget(int vmid) throws IOException {
        try {
            Commands.run(List.of(lib.resolve("vm-forget").toString(), sandbox, String.valueOf(vmid)), null)
                    .orThrow("can't remove the control groups of VM " + vmid);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Monitor monitor(int vmid) throws IOException {
        return new Monitor(directory(vmid).resolve("qmp"), json, ANSWER);
    }

    private GuestAgent agent(int vmid) throws IOException {
        return new GuestAgent(vmid, directory(vmid).resolve("qga"), json);
    }

    private Path directory(int vmid) {
        return vms.resolve(String.valueOf(vmid));
    }

    private Optional<HostProcess> recorded(int vmid, String file) {
        try {
            return HostProcess.recorded(directory(vmid).resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException("can't read the pid of VM " + vmid, e);
        }
    }
}
