package io.github.pgha.sandbox.vm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * QEMU's command line for a VM: the hardware that Proxmox gives to a VM of this configuration, as far as a guest sees it.
 * Pure: a configuration in, words out.
 */
final class QemuArguments {
    private static final String SCSI_SINGLE = "virtio-scsi-single";

    /**
     * Where things are.
     *
     * @param directory what belongs to the running VM: its sockets, its console's log
     * @param volumes   files of volumes by their ids, such as local:100/vm-100-disk-0.qcow2
     * @param seed      the cloud-init drive as an ISO image; empty if there is none
     */
    record Places(Path directory, Map<String, Path> volumes, Optional<Path> seed) { }

    private final VmConfig config;
    private final boolean kvm;
    private final Places places;
    private final List<String> words = new ArrayList<>();

    private QemuArguments(VmConfig config, boolean kvm, Places places) {
        this.config = config;
        this.kvm = kvm;
        this.places = places;
    }

    /**
     * @param kvm whether this machine can run VMs by KVM; otherwise they are emulated
     * @throws IOException if the configuration has hardware that the sandbox can't give
     */
    static List<String> of(VmConfig config, boolean kvm, Places places) throws IOException {
        return new QemuArguments(config, kvm, places).all();
    }

    private List<String> all() throws IOException {
        demand("machine", "pc", "i440fx");
        demand("bios", "seabios");
        words.add("qemu-system-x86_64");
        add("-name", escape(config.name()));
        add("-nodefaults", "-display", "none", "-device", "VGA");
        add("-machine", "pc,hpet=off");
        processors();
        add("-m", config.memory() + "M");
        config.get("smbios1").map(s -> PropertyString.parse(s, "uuid").get("uuid"))
                .ifPresent(uuid -> add("-smbios", "type=1,uuid=" + uuid));
        socket("qmp");
        add("-mon", "chardev=qmp,mode=control");
        serialLines();
        if (config.agent()) {
            socket("qga");
            add("-device", "virtio-serial-pci,id=channels");
            add("-device", "virtserialport,bus=channels.0,chardev=qga,name=org.qemu.guest_agent.0");
        }
        watchdog();
        drives();
        for (VmConfig.Net net : config.nets()) {
            network(net);
        }
        return words;
    }

    private void processors() {
        String type = config.get("cpu").map(cpu -> PropertyString.parse(cpu, "cputype").get("cputype")).orElse("kvm64");
        add("-smp", "cores=" + config.number("cores", 1) + ",sockets=" + config.number("sockets", 1));
        if (kvm) {
            add("-accel", "kvm", "-cpu", type);
        } else {
            // Each emulated processor would take up to a GiB for what it has translated.
            add("-accel", "tcg,thread=multi,tb-size=256", "-cpu", type.equals("host") ? "max" : type);
        }
    }

    private void serialLines() {
        for (int line = 0; line < 4; line++) {
            if (config.get("serial" + line).isPresent()) {
                String name = "serial" + line;
                String log = line == 0 ? ",logappend=on,logfile=" + escape(places.directory.resolve("console.log").toString())
                        : "";
                add("-chardev", chardev(name) + log);
                add("-device", "isa-serial,chardev=" + name);
            }
        }
    }

    private void watchdog() {
        config.get("watchdog").map(w -> PropertyString.parse(w, "model")).ifPresent(watchdog -> {
            String model = watchdog.has("model") ? watchdog.get("model") : "i6300esb";
            add("-device", model + ",id=watchdog0");
            add("-action", "watchdog=" + (watchdog.has("action") ? watchdog.get("action") : "reset"));
        });
    }

    private void drives() throws IOException {
        String hardware = config.get("scsihw").orElse("lsi");
        boolean single = hardware.equals(SCSI_SINGLE);
        boolean shared = false;
        for (Map.Entry<String, String> entry : config.values().entrySet()) {
            if (!VmConfig.isDrive(entry.getKey())) {
                continue;
            }
            PropertyString drive = PropertyString.parse(entry.getValue(), "file");
            Device device = Device.of(entry.getKey());
            boolean cd = "cdrom".equals(drive.get("media"));
            if (device.bus.equals("scsi") && !single && !shared) {
                add("-device", controller(hardware) + ",id=scsihw0");
                shared = true;
            }
            String options = ",id=" + device.name + bootIndex(device.name);
            Optional<String> source = source(drive, cd);
            source.ifPresent(file -> add("-drive", file + ",if=none,id=drive-" + device.name));
            if (source.isPresent() || cd) {
                attach(device, drive, cd, single, options + (source.isPresent() ? ",drive=drive-" + device.name : ""));
            }
        }
    }

    /** A drive's file and how it is used; nothing for a CD drive without a disk. */
    private Optional<String> source(PropertyString drive, boolean cd) throws IOException {
        String file = drive.get("file");
        if (file.equals("none")) {
            return Optional.empty();
        }
        if (file.contains("cloudinit")) {
            return places.seed.map(iso -> "media=cdrom,readonly=on,format=raw,file=" + escape(iso.toString()));
        }
        String path = places.volumes.get(file).toString();
        String format = path.substring(path.lastIndexOf('.') + 1);
        if (cd) {
            return Optional.of("media=cdrom,readonly=on,format=raw,file=" + escape(path));
        }
        // The host's own cache, where Proxmox goes around it: not every file system of a sandbox lets itself be gone around.
        return Optional.of("format=" + format + ",cache=writeback,detect-zeroes=" + ("on".equals(drive.get("discard"))
                ? "unmap,discard=unmap" : "on") + ",file=" + escape(path));
    }

    private void attach(Device device, PropertyString drive, boolean cd, boolean single, String options) throws IOException {
        switch (device.bus) {
            case "scsi" -> {
                String bus = "scsihw0.0";
                if (single) {
                    String controller = "virtioscsi" + device.number;
                    String thread = "";
                    if ("1".equals(drive.get("iothread"))) {
                        add("-object", "iothread,id=iothread-" + controller);
                        thread = ",iothread=iothread-" + controller;
                    }
                    add("-device", "virtio-scsi-pci,id=" + controller + thread);
                    bus = controller + ".0";
                }
                add("-device", (cd ? "scsi-cd" : "scsi-hd") + ",bus=" + bus + ",scsi-id="
                        + (single ? 0 : device.number) + options);
            }
            case "ide" -> add("-device", (cd ? "ide-cd" : "ide-hd") + ",bus=ide." + device.number / 2 + ",unit="
                    + device.number % 2 + options);
            case "virtio" -> add("-device", "virtio-blk-pci" + options);
            default -> throw new IOException("the sandbox's QEMU machines have no drive '" + device.name
                    + "', only ideN, scsiN and virtioN");
        }
    }

    private void network(VmConfig.Net net) {
        String model = config.get("net" + net.index()).map(text -> PropertyString.parse(text, "model"))
                .flatMap(device -> NetModel.NAMES.stream().filter(device::has).findFirst()).orElseThrow();
        add("-netdev", "tap,id=net" + net.index() + ",ifname=tap" + config.id() + "i" + net.index()
                + ",script=no,downscript=no");
        // From address 0x12 on, as on Proxmox: systemd names cards by their slots, ens18 and so on.
        add("-device", (model.equals("virtio") ? "virtio-net-pci" : model) + ",id=net" + net.index() + ",netdev=net"
                + net.index() + ",mac=" + net.mac() + ",addr=0x" + Integer.toHexString(0x12 + net.index()) + ",romfile=");
    }

    private String bootIndex(String name) {
        List<String> order = List.of(config.get("boot").map(b -> PropertyString.parse(b, "legacy").get("order")).orElse("")
                .split(";"));
        return order.contains(name) ? ",bootindex=" + (100 + order.indexOf(name)) : "";
    }

    private static String controller(String hardware) throws IOException {
        return switch (hardware) {
            case "lsi" -> "lsi53c895a";
            case "virtio-scsi-pci", "megasas", "pvscsi" -> hardware;
            default -> throw new IOException("the sandbox's QEMU machines have no scsihw '" + hardware + "'");
        };
    }

    private void demand(String key, String... known) throws IOException {
        String value = config.get(key).orElse(known[0]);
        if (List.of(known).stream().noneMatch(value::startsWith)) {
            throw new IOException("the sandbox's QEMU machines have no '" + key + ": " + value + "', only " + known[0]);
        }
    }

    private void socket(String name) {
        add("-chardev", chardev(name));
    }

    private String chardev(String name) {
        return "socket,id=" + name + ",server=on,wait=off,path=" + escape(places.directory.resolve(name).toString());
    }

    private void add(String... more) {
        words.addAll(List.of(more));
    }

    /** A comma ends a value, two of them are one. */
    private static String escape(String text) {
        return text.replace(",", ",,");
    }

    private record Device(String name, String bus, int number) {
        static Device of(String key) {
            String bus = key.replaceAll("\\d+$", "");
            return new Device(key, bus, Integer.parseInt(key.substring(bus.length())));
        }
    }
}
