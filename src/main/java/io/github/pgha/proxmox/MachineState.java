package io.github.pgha.proxmox;

import com.pulumi.core.Output;
import io.muehlbachler.pulumi.proxmoxve.VmLegacy;
import io.muehlbachler.pulumi.proxmoxve.outputs.VmLegacyAgent;
import io.muehlbachler.pulumi.proxmoxve.outputs.VmLegacyCpu;
import io.muehlbachler.pulumi.proxmoxve.outputs.VmLegacyDisk;
import io.muehlbachler.pulumi.proxmoxve.outputs.VmLegacyMemory;
import io.muehlbachler.pulumi.proxmoxve.outputs.VmLegacyNetworkDevice;
import io.muehlbachler.pulumi.proxmoxve.outputs.VmLegacyWatchdog;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A machine as it is once a run has done with it. In a run that is limited to some resources that may be what it was before.
 *
 * @param node        the node that it is on: where it was made, or where it was migrated to before the last {@code refresh}
 * @param cores       virtual processors
 * @param memoryMb    memory in MiB
 * @param diskGb      size of its disk in GiB
 * @param guestAgent  whether it may have QEMU's guest agent
 * @param hardware    see {@link VirtualMachines#HARDWARE}
 * @param networkCard hardware address, which Proxmox makes up for each new machine; empty if it isn't known
 */
public record MachineState(String node, int cores, int memoryMb, int diskGb, boolean guestAgent, int hardware,
        String networkCard) {
    private static final String NETWORK_CARD = "networkCard";

    static Output<MachineState> of(VmLegacy vm) {
        var size = Output.tuple(vm.cpu(), vm.memory(), vm.disks()).applyValue(all -> List.of(
                all.t1.flatMap(VmLegacyCpu::cores).orElse(0), all.t2.flatMap(VmLegacyMemory::dedicated).orElse(0),
                all.t3.stream().flatMap(List::stream).findFirst().flatMap(VmLegacyDisk::size).orElse(0)));
        return Output.tuple(vm.nodeName(), size, vm.agent(), vm.watchdog(), vm.networkDevices()).applyValue(all ->
                new MachineState(all.t1, all.t2.get(0), all.t2.get(1), all.t2.get(2),
                        all.t3.flatMap(VmLegacyAgent::enabled).orElse(false),
                        all.t4.flatMap(VmLegacyWatchdog::enabled).orElse(false) ? VirtualMachines.HARDWARE : 1,
                        all.t5.stream().findFirst().flatMap(VmLegacyNetworkDevice::macAddress).orElse("")));
    }

    /** Whether it has the size and the hardware that were asked for. */
    public boolean is(VmSpec spec, Site site) {
        return restartedFor(spec, site) && diskGb == spec.diskGb();
    }

    /** The same of all that takes a restart. */
    public boolean restartedFor(VmSpec spec, Site site) {
        return cores == spec.cores() && memoryMb == spec.memoryMb() && guestAgent == site.guestAgent()
                && hardware == VirtualMachines.HARDWARE;
    }

    /** Whether it is the one that the output {@code hosts} tells of, and not a new one of its name. */
    public boolean isStill(Map<?, ?> host) {
        return !networkCard.isEmpty() && networkCard.equals(host.get(NETWORK_CARD));
    }

    /** Adds it to what the output {@code hosts} says of a machine. */
    public void describe(Map<String, Object> host) {
        host.putAll(Map.of("node", node, "cores", cores, "memoryMb", memoryMb, "diskGb", diskGb, "guestAgent", guestAgent,
                "hardware", hardware));
        Optional.of(networkCard).filter(card -> !card.isEmpty()).ifPresent(card -> host.put(NETWORK_CARD, card));
    }
}
