package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.vm.VmConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The keys of a VM's configuration: their types, and the privilege that setting each needs. */
final class QemuSchema {
    private static final String[] BOOLEANS = {"acpi", "autostart", "ciupgrade", "freeze", "keephugepages", "kvm",
        "localtime", "numa", "onboot", "protection", "reboot", "tablet", "tdf", "template"};
    private static final String[] INTEGERS = {"balloon", "cores", "cpuunits", "migrate_speed", "shares", "sockets",
        "vcpus"};
    private static final String[] NUMBERS = {"cpulimit", "migrate_downtime"};
    private static final String[] TEXTS = {"affinity", "agent", "amd-sev", "arch", "args", "audio0", "bios", "boot",
        "bootdisk", "cicustom", "cipassword", "citype", "ciuser", "cpu", "description", "efidisk0", "hookscript",
        "hostpci\\d+", "hotplug", "hugepages", "ide[0-3]", "ipconfig\\d+", "ivshmem", "keyboard", "lock", "machine",
        "memory", "name", "nameserver", "net\\d+", "numa\\d+", "ostype", "parallel\\d+", "rng0", "sata[0-5]",
        "scsi\\d+", "scsihw", "searchdomain", "serial[0-3]", "smbios1", "spice_enhancements", "sshkeys", "startdate",
        "startup", "tags", "tpmstate0", "usb\\d+", "vga", "virtio\\d+", "virtiofs\\d+", "vmgenid", "vmstatestorage",
        "watchdog"};

    private static final Map<String, String> PRIVILEGES = new HashMap<>();

    static {
        privilege("VM.Config.CPU", "affinity", "cores", "cpu", "cpulimit", "cpuunits", "numa", "sockets", "vcpus");
        privilege("VM.Config.Memory", "balloon", "hugepages", "keephugepages", "memory", "shares");
        privilege("VM.Config.HWType", "acpi", "arch", "audio0", "hotplug", "ivshmem", "kvm", "machine", "rng0",
                "scsihw", "smbios1", "tablet", "vga", "watchdog");
        privilege("VM.Config.Options", "agent", "autostart", "bios", "description", "keyboard", "localtime",
                "migrate_downtime", "migrate_speed", "name", "onboot", "ostype", "protection", "reboot",
                "spice_enhancements", "startdate", "startup", "tags", "tdf", "template", "vmgenid");
        privilege("VM.PowerMgmt", "freeze");
        privilege("VM.Config.Disk", "boot", "bootdisk", "vmstatestorage");
        privilege("VM.Config.Cloudinit", "cicustom", "cipassword", "citype", "ciupgrade", "ciuser", "nameserver",
                "searchdomain", "sshkeys");
    }

    private QemuSchema() { }

    /** Keys of a configuration alone. */
    static Schema keys() {
        return Schema.of().optional(Type.BOOLEAN, BOOLEANS).optional(Type.INTEGER, INTEGERS)
                .optional(Type.NUMBER, NUMBERS).optional(Type.TEXT, TEXTS);
    }

    /** Demands what Proxmox demands for each key that a caller sets or deletes. */
    static void demand(Call call, int vmid, String key, String value) {
        String path = "/vms/" + vmid;
        if (key.equals("args") || key.equals("hookscript") || key.equals("lock") || key.startsWith("hostpci")
                || key.startsWith("parallel") || key.startsWith("virtiofs")) {
            throw ApiException.forbidden("only root can set '" + key + "' config");
        }
        if (VmConfig.isDrive(key)) {
            if (value.contains("cloudinit")) {
                call.demand(path, "VM.Config.CDROM");
                call.demand(path, "VM.Config.Cloudinit");
            } else {
                call.demand(path, value.contains("media=cdrom") || value.matches("(file=)?(none|cdrom)(,.*)?")
                        ? "VM.Config.CDROM"
                        : "VM.Config.Disk");
            }
        } else if (VmConfig.isNet(key)) {
            call.demand(path, "VM.Config.Network");
        } else if (key.matches("ipconfig\\d+") || PRIVILEGES.getOrDefault(key, "").equals("VM.Config.Cloudinit")) {
            call.demand(path, "VM.Config.Cloudinit", "VM.Config.Network");
        } else if (key.matches("numa\\d+")) {
            call.demand(path, "VM.Config.CPU");
        } else if (key.matches("(serial|usb)\\d+")) {
            call.demand(path, "VM.Config.HWType");
        } else {
            call.demand(path, PRIVILEGES.getOrDefault(key, "VM.Config.Options"));
        }
    }

    /** A configuration as the API shows it: numbers as numbers. "memory" is text there since Proxmox VE 8.1. */
    static Map<String, Object> typed(Map<String, String> values) {
        Schema schema = keys();
        Map<String, Object> answer = new HashMap<>();
        values.forEach((key, value) -> answer.put(key, switch (schema.type(key) == null ? Type.TEXT : schema.type(key)) {
            case INTEGER, BOOLEAN -> Long.valueOf(value);
            case NUMBER -> Double.valueOf(value);
            case TEXT -> value;
        }));
        return answer;
    }

    /** The form in which a value is kept: booleans as 0 and 1. */
    static String normal(String key, String value) {
        return keys().type(key) == Type.BOOLEAN ? (Schema.isTrue(value) ? "1" : "0") : value;
    }

    /** Keys that a "delete" may name. */
    static List<String> checkDelete(List<String> keys) {
        Schema schema = keys();
        List<String> wrong = new ArrayList<>(keys);
        wrong.removeIf(key -> schema.type(key) != null);
        if (!wrong.isEmpty()) {
            throw ApiException.badParameter("delete", "unknown option '" + wrong.get(0) + "'");
        }
        return keys;
    }

    private static void privilege(String privilege, String... keys) {
        for (String key : keys) {
            PRIVILEGES.put(key, privilege);
        }
    }
}
