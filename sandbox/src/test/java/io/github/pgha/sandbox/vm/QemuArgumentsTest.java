package io.github.pgha.sandbox.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The hardware that a configuration gives to a real machine. */
class QemuArgumentsTest {
    private static final Map<String, String> CONFIG = Map.ofEntries(
            Map.entry("name", "course-pg1"), Map.entry("cores", "2"), Map.entry("memory", "2048"), Map.entry("cpu", "host"),
            Map.entry("scsihw", "virtio-scsi-single"), Map.entry("boot", "order=scsi0;net0"),
            Map.entry("scsi0", "local:100/vm-100-disk-0.qcow2,discard=on,iothread=1,size=20G"),
            Map.entry("ide2", "local:100/vm-100-cloudinit.qcow2,media=cdrom,size=4M"),
            Map.entry("ide3", "none,media=cdrom"), Map.entry("serial0", "socket"),
            Map.entry("watchdog", "model=i6300esb,action=reset"),
            Map.entry("net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0"),
            Map.entry("smbios1", "uuid=7b10d7af-b932-4c66-b2c3-3996152ec465"));

    private static List<String> arguments(boolean kvm, String... more) throws IOException {
        Map<String, String> values = new HashMap<>(CONFIG);
        for (int i = 0; i < more.length; i += 2) {
            values.put(more[i], more[i + 1]);
        }
        return QemuArguments.of(new VmConfig(100, values), kvm, new QemuArguments.Places(Path.of("/vms/1,2"),
                Map.of("local:100/vm-100-disk-0.qcow2", Path.of("/storage/100/vm-100-disk-0.qcow2"),
                        "local:100/vm-100-disk-1.raw", Path.of("/storage/100/vm-100-disk-1.raw"),
                        "local:100/x.raw", Path.of("/storage/100/x.raw")), Optional.of(Path.of("/vms/seed.iso"))));
    }

    /** Whether a word follows another one. */
    private static void has(List<String> arguments, String option, String value) {
        for (int i = 1; i < arguments.size(); i++) {
            if (arguments.get(i - 1).equals(option) && arguments.get(i).equals(value)) {
                return;
            }
        }
        throw new AssertionError("no " + option + " " + value + " in " + String.join("\n", arguments));
    }

    @Test
    void givesTheHardwareThatProxmoxGives() throws IOException {
        List<String> arguments = arguments(false);
        has(arguments, "-object", "iothread,id=iothread-virtioscsi0");
        has(arguments, "-device", "virtio-scsi-pci,id=virtioscsi0,iothread=iothread-virtioscsi0");
        has(arguments, "-drive", "format=qcow2,cache=writeback,detect-zeroes=unmap,discard=unmap,"
                + "file=/storage/100/vm-100-disk-0.qcow2,if=none,id=drive-scsi0");
        has(arguments, "-device", "scsi-hd,bus=virtioscsi0.0,scsi-id=0,id=scsi0,bootindex=100,drive=drive-scsi0");
        has(arguments, "-drive", "media=cdrom,readonly=on,format=raw,file=/vms/seed.iso,if=none,id=drive-ide2");
        has(arguments, "-device", "ide-cd,bus=ide.1,unit=0,id=ide2,drive=drive-ide2");
        has(arguments, "-device", "ide-cd,bus=ide.1,unit=1,id=ide3");
        has(arguments, "-netdev", "tap,id=net0,ifname=tap100i0,script=no,downscript=no");
        has(arguments, "-device", "virtio-net-pci,id=net0,netdev=net0,mac=bc:24:11:00:00:01,addr=0x12,romfile=");
        has(arguments, "-device", "i6300esb,id=watchdog0");
        has(arguments, "-action", "watchdog=reset");
        has(arguments, "-smbios", "type=1,uuid=7b10d7af-b932-4c66-b2c3-3996152ec465");
        has(arguments, "-m", "2048M");
        has(arguments, "-smp", "cores=2,sockets=1");
    }

    @Test
    void takesTheHostsProcessorOnlyByKvm() throws IOException {
        has(arguments(true), "-cpu", "host");
        has(arguments(true), "-accel", "kvm");
        has(arguments(false), "-cpu", "max");
        has(arguments(false, "cpu", "cputype=qemu64"), "-cpu", "qemu64");
    }

    @Test
    void hasAChannelForTheGuestAgentOnlyIfItIsSwitchedOn() throws IOException {
        assertFalse(arguments(false).toString().contains("guest_agent"));
        assertTrue(arguments(false, "agent", "1").toString().contains("name=org.qemu.guest_agent.0"));
    }

    @Test
    void writesAFilesCommaTwice() throws IOException {
        has(arguments(false), "-chardev", "socket,id=qmp,server=on,wait=off,path=/vms/1,,2/qmp");
        has(arguments(false), "-chardev", "socket,id=serial0,server=on,wait=off,path=/vms/1,,2/serial0,"
                + "logappend=on,logfile=/vms/1,,2/console.log");
    }

    @Test
    void putsAllDisksOnOneControllerUnlessEachHasItsOwn() throws IOException {
        List<String> arguments = arguments(false, "scsihw", "virtio-scsi-pci", "scsi1", "local:100/vm-100-disk-1.raw");
        assertEquals(1, arguments.stream().filter(word -> word.startsWith("virtio-scsi-pci")).count());
        has(arguments, "-device", "scsi-hd,bus=scsihw0.0,scsi-id=1,id=scsi1,drive=drive-scsi1");
        has(arguments, "-drive", "format=raw,cache=writeback,detect-zeroes=on,file=/storage/100/vm-100-disk-1.raw,"
                + "if=none,id=drive-scsi1");
    }

    @Test
    void refusesHardwareThatItHasNot() {
        assertEquals("the sandbox's QEMU machines have no 'bios: ovmf', only seabios",
                assertThrows(IOException.class, () -> arguments(false, "bios", "ovmf")).getMessage());
        assertEquals("the sandbox's QEMU machines have no 'machine: q35', only pc",
                assertThrows(IOException.class, () -> arguments(false, "machine", "q35")).getMessage());
        assertEquals("the sandbox's QEMU machines have no drive 'sata0', only ideN, scsiN and virtioN",
                assertThrows(IOException.class, () -> arguments(false, "sata0", "local:100/x.raw")).getMessage());
    }
}
