package io.github.pgha.proxmox;

import io.github.pgha.host.HostRules;
import io.github.pgha.host.HostSpec;
import io.github.pgha.rules.Problems;
import java.util.Objects;

/**
 * One virtual machine.
 *
 * @param name     host name: lower-case letters, digits and hyphens
 * @param address  IPv4 address with prefix, such as {@code 192.168.125.13/23}
 * @param vmId     number of the VM in Proxmox, 100 to 999999999, unique in the Proxmox cluster
 * @param node     Proxmox node that runs it
 * @param cores    CPU cores
 * @param memoryMb memory in MiB, 512 to 16777216
 * @param diskGb   size of the disk in GiB; not smaller than the image
 * @param rebuild  how many times it is to have been built anew; each higher number does it once more. From 0
 */
public record VmSpec(String name, String address, int vmId, String node, int cores, int memoryMb, int diskGb, int rebuild)
        implements HostSpec {
    /** 16 TiB: PostgreSQL's effective_cache_size, which is three quarters of the memory, can't be more than that. */
    private static final int MOST_MEMORY_MB = 16 * 1024 * 1024;

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public VmSpec {
        var problems = new Problems();
        check(problems, "host '" + name + "'", Objects.requireNonNull(name, "name"),
                Objects.requireNonNull(address, "address"), vmId, Objects.requireNonNull(node, "node"), cores, memoryMb,
                diskGb, rebuild);
        problems.orThrow();
    }

    /** A machine that is the first one of its name. */
    public VmSpec(String name, String address, int vmId, String node, int cores, int memoryMb, int diskGb) {
        this(name, address, vmId, node, cores, memoryMb, diskGb, 0);
    }

    /** The same machine on another node. */
    VmSpec on(String otherNode) {
        return new VmSpec(name, address, vmId, otherNode, cores, memoryMb, diskGb, rebuild);
    }

    /**
     * Adds what is wrong with the parts; a null is passed over.
     *
     * @param host what the machine is called in sentences, such as {@code host 'pg1'}
     */
    public static void check(Problems problems, String host, String name, String address, Integer vmId, String node,
            Integer cores, Integer memoryMb, Integer diskGb, Integer rebuild) {
        HostRules.check(problems, host, name, address);
        problems.require(vmId, id -> id >= 100 && id <= 999_999_999,
                "%2$s: vmId '%1$s' must be 100 to 999999999", host);
        problems.require(node, n -> n.matches("[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"),
                "%2$s: node '%1$s' must be the name of a Proxmox node: 1 to 63 letters, digits and hyphens", host);
        problems.require(cores, n -> n >= 1, "%2$s: cores '%1$s' must be at least 1", host);
        problems.require(memoryMb, n -> n >= 512, "%2$s: memoryMb '%1$s' must be at least 512 MiB", host);
        problems.require(memoryMb, n -> n <= MOST_MEMORY_MB, "%2$s: memoryMb '%1$s' must be at most %3$s MiB", host,
                MOST_MEMORY_MB);
        problems.require(diskGb, n -> n >= 4, "%2$s: diskGb '%1$s' must be at least 4 GiB", host);
        problems.require(rebuild, n -> n >= 0, "%2$s: rebuild '%1$s' must be a number from 0", host);
    }
}
