package io.github.pgha.proxmox;

/**
 * One virtual machine.
 *
 * @param name     host name: lower-case letters, digits and hyphens
 * @param address  IPv4 address with prefix, such as {@code 192.168.125.13/23}
 * @param vmId     number of the VM in Proxmox, 100 to 999999999, unique in the Proxmox cluster
 * @param node     Proxmox node that runs it
 * @param cores    CPU cores
 * @param memoryMb memory in MiB
 * @param diskGb   size of the disk in GiB; not smaller than the image
 */
public record VmSpec(String name, String address, int vmId, String node, int cores, int memoryMb, int diskGb) {
    /** @throws IllegalArgumentException with one sentence that names the key, the value and the rule */
    public VmSpec {
        require(name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"), name, "name", name,
                "must be 1 to 63 lower-case letters, digits and hyphens, with no hyphen at an end");
        require(isHostAddress(address), name, "address", address,
                "must be an IPv4 address with its prefix, such as 192.168.125.13/23");
        require(vmId >= 100 && vmId <= 999_999_999, name, "vmId", vmId, "must be 100 to 999999999");
        require(!node.isBlank(), name, "node", node, "must name a Proxmox node");
        require(cores >= 1, name, "cores", cores, "must be at least 1");
        require(memoryMb >= 512, name, "memoryMb", memoryMb, "must be at least 512 MiB");
        require(diskGb >= 4, name, "diskGb", diskGb, "must be at least 4 GiB");
    }

    /** The address without its prefix. */
    public String ip() {
        return address.substring(0, address.indexOf('/'));
    }

    private static void require(boolean holds, String host, String key, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("host '" + host + "': " + key + " '" + value + "' " + rule);
        }
    }

    private static boolean isHostAddress(String address) {
        var parts = address.split("[./]", -1);
        if (!address.matches("\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}")) {
            return false;
        }
        for (int i = 0; i < 4; i++) {
            if (Integer.parseInt(parts[i]) > 255) {
                return false;
            }
        }
        int prefix = Integer.parseInt(parts[4]);
        return prefix >= 8 && prefix <= 30;
    }
}
