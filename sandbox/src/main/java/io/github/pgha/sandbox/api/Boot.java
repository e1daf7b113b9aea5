package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.storage.Volume;
import io.github.pgha.sandbox.vm.CloudInitSeed;
import io.github.pgha.sandbox.vm.Hypervisor;
import io.github.pgha.sandbox.vm.PropertyString;
import io.github.pgha.sandbox.vm.Trees;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Turns a configuration into a machine that can be powered on: finds its disk, writes its cloud-init drive. */
final class Boot {
    private final Node node;

    Boot(Node node) {
        this.node = node;
    }

    /** The disk from which a VM boots: the first of its boot order that is one, or its first one. */
    static Optional<PropertyString> disk(VmConfig config) {
        Map<String, PropertyString> disks = new TreeMap<>(config.drives());
        disks.values().removeIf(d -> "cdrom".equals(d.get("media")) || isCloudInit(d));
        String order = config.get("boot").map(b -> PropertyString.parse(b, "legacy").get("order")).orElse("");
        for (String name : (order == null ? "" : order).split(";")) {
            if (disks.containsKey(name)) {
                return Optional.of(disks.get(name));
            }
        }
        return disks.values().stream().findFirst();
    }

    static boolean isCloudInit(PropertyString drive) {
        return drive.get("file").contains("cloudinit");
    }

    /** Prepares a VM for power-on. */
    Hypervisor.Machine prepare(VmConfig config) throws IOException {
        PropertyString disk = disk(config).orElseThrow(() -> new IOException(
                "VM " + config.id() + " has no disk to boot from"));
        String volumeId = disk.get("file");
        Storage storage = node.storageOf(volumeId);
        Volume volume = storage.find(volumeId).orElseThrow(() -> new IOException(
                "volume '" + volumeId + "' does not exist"));
        Path base = storage.base(volumeId).orElseThrow(() -> new IOException("nothing to boot on " + volumeId
                + ": the sandbox starts VMs whose disk was made with import-from"));
        return new Hypervisor.Machine(config, base, volume.path(), seed(config), volumes(config));
    }

    private Map<String, Path> volumes(VmConfig config) throws IOException {
        Map<String, Path> volumes = new HashMap<>();
        for (PropertyString drive : config.drives().values()) {
            String id = drive.get("file");
            if (!isCloudInit(drive)) {
                volumes.put(id, node.storageOf(id).find(id).orElseThrow(() -> new IOException(
                        "volume '" + id + "' does not exist")).path());
            }
        }
        return volumes;
    }

    /** Writes the cloud-init drive anew, as Proxmox does at each start. */
    private Path seed(VmConfig config) throws IOException {
        Optional<PropertyString> drive = config.drives().values().stream().filter(Boot::isCloudInit).findFirst();
        Path directory;
        if (drive.isPresent()) {
            String volumeId = drive.get().get("file");
            directory = node.storageOf(volumeId).find(volumeId).orElseThrow(() -> new IOException(
                    "volume '" + volumeId + "' does not exist")).path();
            // In the VM as well: a drive, which this stands for, is read by root only.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            CloudInitSeed seed = seed(config, custom(config));
            Files.writeString(directory.resolve("user-data"), seed.userData());
            Files.writeString(directory.resolve("meta-data"), seed.metaData());
            Files.writeString(directory.resolve("network-config"), seed.networkConfig());
            Files.writeString(directory.resolve("vendor-data"), seed.vendorData());
        } else {
            // Without the drive there is nothing to find for cloud-init.
            directory = node.vms().directory(config.id()).resolve("no-seed");
            Trees.delete(directory);
            Files.createDirectories(directory);
        }
        return directory;
    }

    /** The texts of the files that "cicustom" names. */
    private Map<String, String> custom(VmConfig config) throws IOException {
        Map<String, String> texts = new HashMap<>();
        if (config.get("cicustom").isPresent()) {
            PropertyString custom = PropertyString.parse(config.get("cicustom").get(), "user");
            for (String kind : new String[] {"user", "network", "meta", "vendor"}) {
                if (custom.has(kind)) {
                    String id = custom.get(kind);
                    if (!node.storageOf(id).local(id).startsWith("snippets/")) {
                        throw new IOException(id + " is not in the snippets directory");
                    }
                    Volume volume = node.storageOf(id).find(id).orElseThrow(() -> new IOException(
                            "can't open '" + node.storageOf(id).whereabouts(id) + "' - No such file or directory"));
                    texts.put(kind, Files.readString(volume.path()));
                }
            }
        }
        return texts;
    }

    /** The cloud-init files as the configuration alone would make them, for "cloudinit/dump". */
    CloudInitSeed preview(VmConfig config) throws IOException {
        return seed(config, Map.of());
    }

    private CloudInitSeed seed(VmConfig config, Map<String, String> custom) throws IOException {
        Settings.Dns dns = node.settings().dns();
        return CloudInitSeed.of(config, custom, dns.search(), dns.servers());
    }
}
