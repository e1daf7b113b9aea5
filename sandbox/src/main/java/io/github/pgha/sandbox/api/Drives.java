package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.storage.Volume;
import io.github.pgha.sandbox.task.TaskLog;
import io.github.pgha.sandbox.vm.DiskSize;
import io.github.pgha.sandbox.vm.NetModel;
import io.github.pgha.sandbox.vm.PropertyString;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Devices of a configuration: checks them and makes the volumes behind them. */
final class Drives {
    /** "local:20" or "local:0": a new volume of so many GiB. */
    private static final Pattern NEW = Pattern.compile("([\\w-]+):(\\d+(?:\\.\\d+)?)");

    private final Node node;

    Drives(Node node) {
        this.node = node;
    }

    /** Checks the devices that a caller gives, before a task begins. */
    void check(Call call, int vmid, Map<String, String> values) throws IOException {
        for (Map.Entry<String, String> entry : values.entrySet()) {
            String key = entry.getKey();
            if (VmConfig.isDrive(key)) {
                checkDrive(call, vmid, key, PropertyString.parse(entry.getValue(), "file"));
            } else if (VmConfig.isNet(key)) {
                checkNet(call, key, entry.getValue());
            } else if (key.matches("ipconfig\\d+")) {
                checkAddress(key, entry.getValue());
            } else if (key.equals("name") && !entry.getValue().matches("(?i)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")) {
                throw ApiException.badParameter(key, "invalid format - value does not look like a valid DNS name");
            }
        }
    }

    private void checkDrive(Call call, int vmid, String key, PropertyString drive) throws IOException {
        String file = drive.get("file");
        if (file == null) {
            throw ApiException.badParameter(key, "invalid format - format error: file: property is missing");
        }
        if (file.equals("none") || file.equals("cloudinit") || file.endsWith(":cloudinit")) {
            return;
        }
        if (file.equals("cdrom")) {
            // The node's own drive.
            call.demand("/", "Sys.Console");
            return;
        }
        if (!file.contains(":")) {
            throw ApiException.failed("Only root can pass arbitrary filesystem paths.");
        }
        Storage storage = node.storage(file.substring(0, file.indexOf(':')));
        if (NEW.matcher(file).matches()) {
            call.demand("/storage/" + storage.name(), "Datastore.AllocateSpace");
        } else {
            StorageApi.demandAccess(call, storage.name(), findVolume(file), vmid);
        }
        String source = drive.get("import-from");
        if (source != null && !source.isEmpty()) {
            StorageApi.demandAccess(call, source.substring(0, Math.max(0, source.indexOf(':'))), findVolume(source), vmid);
        }
        if (drive.has("size")) {
            parseSize(key, drive.get("size"));
        }
    }

    private void checkNet(Call call, String key, String value) {
        try {
            PropertyString net = PropertyString.parse(NetModel.complete(value), "model");
            String bridge = net.has("bridge") ? net.get("bridge") : node.bridge();
            demandBridge(call, net.toString());
            if (!bridge.equals(node.bridge())) {
                throw ApiException.failed("bridge '" + bridge + "' does not exist");
            }
        } catch (IllegalArgumentException e) {
            throw ApiException.badParameter(key, "invalid format - " + e.getMessage());
        }
    }

    /** Who plugs a machine into a bridge, or takes it out, may use it: the whole of it, or the VLANs that are named. */
    void demandBridge(Call call, String value) {
        PropertyString net = PropertyString.parse(value, "model");
        if (!net.has("bridge")) {
            return;
        }
        String path = "/sdn/zones/localnetwork/" + net.get("bridge");
        List<String> vlans = new ArrayList<>();
        if (net.has("tag")) {
            vlans.add(net.get("tag"));
        }
        if (net.has("trunks")) {
            vlans.addAll(List.of(net.get("trunks").split(";")));
        }
        vlans.forEach(vlan -> call.demand(path + "/" + vlan, "SDN.Use"));
        if (vlans.isEmpty()) {
            call.demand(path, "SDN.Use");
        }
    }

    private static void checkAddress(String key, String value) {
        PropertyString address = PropertyString.parse(value, "ip");
        String ip = address.get("ip");
        if (ip != null && !ip.equals("dhcp") && !ip.matches("\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}")) {
            throw ApiException.badParameter(key, "invalid format - ip: value does not look like a valid IPv4 network");
        }
    }

    private Volume findVolume(String id) throws IOException {
        try {
            return node.storageOf(id).find(id)
                    .orElseThrow(() -> ApiException.failed("volume '" + id + "' does not exist"));
        } catch (IllegalArgumentException e) {
            throw ApiException.failed(e.getMessage());
        }
    }

    /**
     * Gives new devices their lasting form: makes volumes, MAC addresses.
     *
     * @param values the whole new configuration
     * @param before the configuration so far
     */
    Map<String, String> complete(int vmid, Map<String, String> values, Map<String, String> before, TaskLog log)
            throws IOException {
        Map<String, String> complete = new TreeMap<>(values);
        for (Map.Entry<String, String> entry : values.entrySet()) {
            String key = entry.getKey();
            if (VmConfig.isNet(key)) {
                complete.put(key, completeNet(entry.getValue(), before.get(key)));
            } else if (VmConfig.isDrive(key) && !entry.getValue().equals(before.get(key))) {
                complete.put(key, completeDrive(vmid, key, PropertyString.parse(entry.getValue(), "file"), log));
            }
        }
        return complete;
    }

    /** A device that changes without naming an address keeps the one that it has. */
    private static String completeNet(String value, String before) {
        PropertyString net = PropertyString.parse(value, "model");
        boolean named = net.has("macaddr") || NetModel.NAMES.stream().anyMatch(net::has);
        if (!named && before != null) {
            PropertyString old = PropertyString.parse(before, "model");
            NetModel.NAMES.stream().filter(old::has).findFirst().ifPresent(m -> net.put("macaddr", old.get(m)));
        }
        return NetModel.complete(net.toString());
    }

    private String completeDrive(int vmid, String key, PropertyString drive, TaskLog log) throws IOException {
        String file = drive.get("file");
        String format = drive.remove("format");
        String image = drive.remove("import-from");
        Matcher fresh = NEW.matcher(file);
        if (file.endsWith(":cloudinit")) {
            Volume volume = node.storageOf(file).createCloudInitDrive(vmid, format == null ? "qcow2" : format);
            drive.put("file", volume.id());
            drive.put("media", "cdrom");
            drive.put("size", DiskSize.format(volume.size()));
        } else if (fresh.matches()) {
            boolean imported = image != null && !image.isEmpty();
            long size = (long) (Double.parseDouble(fresh.group(2)) * (1 << 30));
            Volume volume = node.storageOf(file).createDisk(vmid, format == null ? "raw" : format,
                    imported ? findVolume(image).path() : null, imported ? 0 : size);
            log.line((imported ? "imported disk '" + image + "' as '" : "successfully created disk '") + volume.id()
                    + "'");
            drive.put("file", volume.id());
            drive.put("size", DiskSize.format(volume.size()));
        } else if (!file.equals("none")) {
            Volume volume = node.storageOf(file).find(file).orElseThrow(() -> new IOException(
                    "volume '" + file + "' does not exist"));
            if (!"cdrom".equals(drive.get("media"))) {
                drive.put("size", DiskSize.format(volume.size()));
            }
        }
        return drive.toString();
    }

    /** Lets a disk grow; "+5G" or the new size. */
    VmConfig resize(VmConfig config, String key, String size, TaskLog log) throws IOException {
        PropertyString drive = config.drives().get(key);
        String id = drive.get("file");
        long before = node.storageOf(id).diskSize(id);
        long after = size.startsWith("+") ? before + DiskSize.parse(size.substring(1)) : DiskSize.parse(size);
        if (after < before) {
            throw new IOException("shrinking disks is not supported");
        }
        if (!node.hypervisor().resize(config.id(), key, after)) {
            node.storageOf(id).resizeDisk(id, after);
        }
        drive.put("size", DiskSize.format(after));
        Map<String, String> values = new TreeMap<>(config.values());
        values.put(key, drive.toString());
        log.line("resized " + key + " from " + DiskSize.format(before) + " to " + DiskSize.format(after));
        return new VmConfig(config.id(), values);
    }

    /** Removes every volume of a VM. */
    void deleteAll(int vmid, TaskLog log) throws IOException {
        for (Storage storage : node.storages()) {
            for (Volume volume : storage.list("images")) {
                if (Integer.valueOf(vmid).equals(volume.vmid())) {
                    storage.delete(volume.id());
                    log.line("removed volume '" + volume.id() + "'");
                }
            }
        }
    }

    /** Bytes of "20G", or Proxmox's 400. */
    static long parseSize(String key, String size) {
        try {
            return DiskSize.parse(size.startsWith("+") ? size.substring(1) : size);
        } catch (IllegalArgumentException e) {
            throw ApiException.badParameter(key, "invalid format - " + e.getMessage());
        }
    }
}
