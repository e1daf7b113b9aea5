package io.github.pgha.sandbox.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.task.TaskLog;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * VMs as systemd-nspawn nodes. Each runs under lib/vm-run in a session and in namespaces of its own, so it doesn't care
 * whether this server lives; a new server finds it by its pid file.
 */
public final class NspawnHypervisor implements Hypervisor {
    private static final Logger LOG = LoggerFactory.getLogger(NspawnHypervisor.class);
    private static final Duration POWER_ON = Duration.ofSeconds(30);
    private static final Duration POWER_OFF = Duration.ofSeconds(20);
    private static final Duration NSPAWN_END = Duration.ofSeconds(2);

    private final String sandbox;
    private final Path netns;
    private final Path vms;
    private final Path lib;
    private final Path cgroups;
    private final ObjectMapper json;

    /**
     * @param sandbox its name
     * @param vms directory with a directory for each VM
     * @param lib directory of vm-run and its like
     */
    public NspawnHypervisor(String sandbox, Path vms, Path lib, ObjectMapper json) throws IOException {
        this.sandbox = sandbox;
        this.netns = Path.of("/run/netns/pgha-" + sandbox);
        this.vms = vms;
        this.lib = lib;
        this.json = json;
        this.cgroups = unifiedHierarchy().resolve("pgha-" + sandbox);
    }

    @Override
    public boolean running(int vmid) {
        return supervisor(vmid).isPresent();
    }

    @Override
    public boolean hung(int vmid) {
        try {
            return running(vmid) && Files.readString(cgroups.resolve(vmid + "/cgroup.freeze")).startsWith("1");
        } catch (NoSuchFileException e) {
            // It has just been started and isn't in its control groups yet, or has just ended.
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("can't see whether VM " + vmid + " hangs", e);
        }
    }

    @Override
    public void powerOn(Machine machine, TaskLog log) throws IOException, InterruptedException {
        int vmid = machine.config().id();
        Path directory = Files.createDirectories(vms.resolve(String.valueOf(vmid)));
        Path console = directory.resolve("console.log");
        ProcessBuilder builder = new ProcessBuilder("setsid", "unshare", "--mount", "--net", "--propagation", "private",
                lib.resolve("vm-run").toString());
        Map<String, String> environment = builder.environment();
        environment.put("VM_DIR", directory.toString());
        environment.put("VM_ID", String.valueOf(vmid));
        environment.put("VM_MACHINE", sandbox + "-" + vmid);
        environment.put("VM_BASE", machine.base().toString());
        environment.put("VM_DISK", machine.disk().toString());
        environment.put("VM_SEED", machine.seed().toString());
        environment.put("VM_CORES", String.valueOf(machine.config().processors()));
        environment.put("VM_MEMORY_MIB", String.valueOf(machine.config().memory()));
        environment.put("VM_NETS", machine.config().nets().stream()
                .map(n -> n.index() + "=" + n.mac() + "=" + n.bridge() + "=" + (n.plugged() ? "up" : "down"))
                .collect(Collectors.joining(" ")));
        environment.put("SANDBOX", sandbox);
        environment.put("SANDBOX_NETNS", netns.toString());
        long before = Files.exists(console) ? Files.size(console) : 0;
        Process process = builder.directory(new File("/")).redirectInput(new File("/dev/null"))
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(console.toFile())).start();
        long deadline = System.nanoTime() + POWER_ON.toNanos();
        while (init(vmid).isEmpty()) {
            if (!process.isAlive()) {
                throw new IOException("start failed: exit code " + process.exitValue() + ", the console's last lines: "
                        + tail(console, before));
            }
            if (System.nanoTime() > deadline) {
                cutPower(vmid);
                throw new IOException("start failed: no init after " + POWER_ON.toSeconds()
                        + " s, the console's last lines: " + tail(console, before));
            }
            Thread.sleep(POLL_MILLIS);
        }
        log.line("started as " + sandbox + "-" + vmid + ", process " + process.pid() + ", console " + console);
    }

    @Override
    public void pressPowerButton(int vmid) {
        // systemd-nspawn passes SIGTERM on to the VM's init as the wish to power off.
        nspawn(vmid).flatMap(p -> ProcessHandle.of(p.pid())).ifPresent(ProcessHandle::destroy);
    }

    @Override
    public void cutPower(int vmid) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + POWER_OFF.toNanos();
        Path group = cgroups.resolve(String.valueOf(vmid));
        // The cables first: for processes that die the kernel still says goodbye to their peers, a machine without power
        // doesn't.
        removeCables(vmid);
        // With the first process of a pid namespace the kernel kills all of them; nspawn then tidies up and ends.
        init(vmid).flatMap(p -> ProcessHandle.of(p.pid())).ifPresent(ProcessHandle::destroyForcibly);
        if (hung(vmid)) {
            // What is frozen dies, but what is to tidy up has to go on.
            Files.writeString(group.resolve("cgroup.freeze"), "0");
        }
        if (awaitOff(vmid, NSPAWN_END) && !populated(group)) {
            return;
        }
        // Not the group's cgroup.kill: Linux (seen with 6.18) then kills what systemd spawns into the group's older
        // children at the next start.
        while (running(vmid) || populated(group)) {
            killAll(group);
            if (System.nanoTime() > deadline) {
                throw new IOException("VM " + vmid + " can't be stopped: its processes don't die");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    @Override
    public void plug(int vmid, int net, boolean in) throws IOException, InterruptedException {
        Commands.run(List.of("nsenter", "--net=" + netns, "ip", "link", "set", "tap" + vmid + "i" + net,
                in ? "up" : "down"), null).orThrow("can't plug the cable of VM " + vmid);
    }

    private void removeCables(int vmid) throws IOException, InterruptedException {
        String devices = Commands.run(List.of("nsenter", "--net=" + netns, "ip", "-json", "link"), null)
                .orThrow("can't list the cables of VM " + vmid).out();
        for (JsonNode device : json.readTree(devices)) {
            String name = device.path("ifname").asText();
            if (name.matches("tap" + vmid + "i\\d+")) {
                // It may vanish meanwhile, with a VM that ends by itself.
                Commands.run(List.of("nsenter", "--net=" + netns, "ip", "link", "delete", name), null);
            }
        }
    }

    @Override
    public Usage usage(int vmid) throws IOException {
        HostProcess process = supervisor(vmid).orElseThrow(() -> new IOException("VM " + vmid + " is not running"));
        long age = init(vmid).orElse(process).age();
        try {
            double cpu = Files.readAllLines(cgroups.resolve(vmid + "/cpu.stat")).stream()
                    .filter(line -> line.startsWith("usage_usec "))
                    .mapToLong(line -> Long.parseLong(line.split(" ")[1])).sum() / 1e6;
            return new Usage(process.pid(), age, memory(process), cpu);
        } catch (NoSuchFileException e) {
            // It has just been started and isn't in its control groups yet, or has just ended.
            return new Usage(process.pid(), age, 0, 0);
        }
    }

    @Override
    public List<Interface> interfaces(int vmid) throws IOException, InterruptedException {
        HostProcess process = supervisor(vmid).orElseThrow(() -> new IOException("VM " + vmid + " is not running"));
        String text = Commands.run(List.of("nsenter", "--net=/proc/" + process.pid() + "/ns/net", "ip", "-json",
                "address"), null).orThrow("can't read the addresses of VM " + vmid).out();
        List<Interface> interfaces = new ArrayList<>();
        for (JsonNode device : json.readTree(text)) {
            List<Address> addresses = new ArrayList<>();
            for (JsonNode address : device.path("addr_info")) {
                addresses.add(new Address(address.path("local").asText(), address.path("prefixlen").asInt(),
                        address.path("family").asText().equals("inet") ? "ipv4" : "ipv6"));
            }
            interfaces.add(new Interface(device.path("ifname").asText(), device.path("address").asText(), addresses));
        }
        return interfaces;
    }

    @Override
    public Result run(int vmid, List<String> command, String input) throws IOException, InterruptedException {
        HostProcess init = init(vmid).orElseThrow(() -> new IOException("VM " + vmid + " is not running"));
        List<String> words = new ArrayList<>(List.of("nsenter", "--target", String.valueOf(init.pid()), "--mount",
                "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd=/", "env", "--ignore-environment",
                "HOME=/root", "LANG=C.UTF-8",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
        words.addAll(command);
        return Commands.run(words, input).result();
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

    private Optional<HostProcess> supervisor(int vmid) {
        try {
            return HostProcess.recorded(vms.resolve(vmid + "/pid"));
        } catch (IOException e) {
            throw new UncheckedIOException("can't read the pid of VM " + vmid, e);
        }
    }

    private Optional<HostProcess> nspawn(int vmid) {
        return supervisor(vmid).flatMap(s -> children(s).stream()
                .filter(child -> children(child).stream().anyMatch(HostProcess::isInit)).findFirst());
    }

    private Optional<HostProcess> init(int vmid) {
        return nspawn(vmid).flatMap(n -> children(n).stream().filter(HostProcess::isInit).findFirst());
    }

    private static List<HostProcess> children(HostProcess process) {
        try {
            return process.children();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean populated(Path group) throws IOException {
        Path events = group.resolve("cgroup.events");
        return Files.exists(events) && Files.readString(events).contains("populated 1");
    }

    private static void killAll(Path group) {
        try (Stream<Path> files = Files.walk(group)) {
            for (Path procs : files.filter(f -> f.endsWith("cgroup.procs")).toList()) {
                for (String pid : Files.readAllLines(procs)) {
                    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // A group that vanished meanwhile; the caller looks again.
            LOG.debug("while killing {}", group, e);
        }
    }

    /** Memory that the VM's group uses, by whichever kind of control groups the host has; 0 if it counts none. */
    private static long memory(HostProcess process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/cgroup"))) {
            String[] parts = line.split(":", 3);
            Path v1 = Path.of("/sys/fs/cgroup/memory" + parts[2] + "/memory.usage_in_bytes");
            Path v2 = unifiedHierarchy().resolve(parts[2].substring(1)).resolve("memory.current");
            if (parts[1].equals("memory") && Files.exists(v1)) {
                return Long.parseLong(Files.readString(v1).strip());
            }
            if (parts[0].equals("0") && Files.exists(v2)) {
                return Long.parseLong(Files.readString(v2).strip());
            }
        }
        return 0;
    }

    /** Where control groups of version 2 are. */
    static Path unifiedHierarchy() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream().map(line -> line.split(" "))
                .filter(words -> words[2].equals("cgroup2")).map(words -> Path.of(words[1])).findFirst()
                .orElseThrow(() -> new IOException("no cgroup2 file system is mounted: VMs can't be run without one"));
    }

    private static String tail(Path console, long from) throws IOException {
        byte[] all = Files.readAllBytes(console);
        String text = new String(all, (int) from, (int) (all.length - from), StandardCharsets.UTF_8);
        List<String> lines = text.lines().toList();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }
}
