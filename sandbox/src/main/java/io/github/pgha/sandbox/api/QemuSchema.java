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
        privilege("VM.Config.CPU", "cores", "cpu", "cpulimit", "cpuunits", "numa", "sockets", "vcpus");
        privilege("VM.Config.Memory", "balloon", "memory", "shares");
        privilege("VM.Config.HWType", "acpi", "audio0", "hotplug", "kvm", "machine", "rng0", "scsihw", "smbios1", "tablet",
                "vga", "watchdog");
        privilege("VM.Config.Options", "agent", "autostart", "bios", "description", "keyboard", "localtime",
                "migrate_downtime", "migrate_speed", "name", "onboot", "ostype", "protection", "reboot", "startdate",
                "startup", "tdf", "template");
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

    /**
     * Demands what Proxmox demands for a key that a caller sets or deletes, whatever its value; what hangs on the value of a
     * drive or of tags is {@link #demandDrive} and {@link #demandTags}.
     *
     * @param pool the one in which a VM is being made, or null: its privileges count beside the VM's
     * @param value the value, or the one that is deleted
     */
    static void demand(Call call, int vmid, String pool, String key, String value) {
        if (VmConfig.isDrive(key) || key.equals("tags")) {
            return;
        }
        if (VmConfig.isNet(key)) {
            demandAny(call, vmid, pool, "VM.Config.Network");
        } else if (key.matches("ipconfig\\d+") || PRIVILEGES.getOrDefault(key, "").equals("VM.Config.Cloudinit")) {
            demandAny(call, vmid, pool, "VM.Config.Cloudinit", "VM.Config.Network");
        } else if (key.matches("numa\\d+")) {
            demandAny(call, vmid, pool, "VM.Config.CPU");
        } else if (key.matches("serial\\d+") && value.equals("socket")) {
            demandAny(call, vmid, pool, "VM.Config.HWType");
        } else if (PRIVILEGES.containsKey(key)) {
            demandAny(call, vmid, pool, PRIVILEGES.get(key));
            if (key.equals("startup")) {
                call.demand("/", "Sys.Modify");
            }
        } else {
            throw ApiException.failed("only root can set '" + key + "' config"
                    + (key.matches("(serial|usb|parallel)\\d+") ? " for real devices" : ""));
        }
    }

    /** Demands what the value of a drive needs of who changes a VM; who makes one needs nothing for its drives. */
    static void demandDrive(Call call, int vmid, String value) {
        if (value.contains("cloudinit")) {
            call.demand("/vms/" + vmid, "VM.Config.Cloudinit");
            call.demand("/vms/" + vmid, "VM.Config.CDROM");
        } else {
            call.demand("/vms/" + vmid, value.contains("media=cdrom") || value.matches("(file=)?(none|cdrom)(,.*)?")
                    ? "VM.Config.CDROM" : "VM.Config.Disk");
        }
    }

    /** Demands what tags need: on the VM, which isn't in its pool yet when it is being made. */
    static void demandTags(Call call, int vmid) {
        call.demand("/vms/" + vmid, "VM.Config.Options");
    }

    /** Demands one of the privileges on the pool, or else on the VM. */
    static void demandAny(Call call, int vmid, String pool, String... anyOf) {
        if (pool == null || !call.caller().hasAny("/pool/" + pool, List.of(anyOf))) {
            call.demand("/vms/" + vmid, anyOf);
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
