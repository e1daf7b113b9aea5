package io.github.pgha.preflight;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a stack wants of a Proxmox VE.
 *
 * @param stack            name of the stack, for commands that change its configuration
 * @param machines         the virtual machines
 * @param imageUrl         where the nodes download the image from
 * @param imageDatastore   datastore for the image
 * @param snippetDatastore datastore for the user-data
 * @param vmDatastore      datastore for the disks
 * @param bridge           network bridge
 * @param vlan             VLAN tag of the machines; empty for none
 * @param pool             Proxmox pool of the machines; empty for none
 * @param nodeAddresses    address for SSH of the nodes that have one set, by the node's name
 * @param vip              the virtual address with its prefix
 * @param fencing          how the fencing service reaches Proxmox; empty for no fencing
 * @param former           the machines that the last {@code up} left
 */
public record Wanted(String stack, List<Machine> machines, String imageUrl, String imageDatastore, String snippetDatastore,
        String vmDatastore, String bridge, Optional<Integer> vlan, Optional<String> pool, Map<String, String> nodeAddresses,
        String vip, Optional<FencingAccess> fencing, List<Former> former) {

    /**
     * A machine as the configuration has it.
     *
     * @param label    where it is written, such as {@code etcdHosts[0]}
     * @param name     host name
     * @param address  IPv4 address with prefix
     * @param vmId     its number
     * @param node     the node that it is to be made on
     * @param diskGb   size of the disk in GiB
     * @param postgres whether it is PostgreSQL's; otherwise etcd's
     */
    public record Machine(String label, String name, String address, int vmId, String node, int diskGb, boolean postgres) {}

    /**
     * A machine of the last {@code up}.
     *
     * @param name host name
     * @param vmId its number
     * @param node the node that it was made on
     */
    public record Former(String name, int vmId, String node) {}

    /**
     * How the fencing service reaches Proxmox.
     *
     * @param endpoints     URLs of the API
     * @param token         its API token; secret
     * @param caCertificate CAs in PEM of the API's certificate; empty for those that the hosts trust anyway
     */
    public record FencingAccess(List<String> endpoints, String token, Optional<String> caCertificate) {
        /** Copies the list. */
        public FencingAccess {
            endpoints = List.copyOf(endpoints);
        }

        @Override
        public String toString() {
            return "FencingAccess" + endpoints;
        }
    }

    /** Copies the collections. */
    public Wanted {
        machines = List.copyOf(machines);
        nodeAddresses = Map.copyOf(nodeAddresses);
        former = List.copyOf(former);
    }

    /** The nodes that machines are to be made on, each once. */
    Set<String> nodes() {
        return machines.stream().map(Machine::node).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Whether the last {@code up} left a machine of this name with this number. */
    boolean wasMade(Machine machine) {
        return former.stream().anyMatch(was -> was.vmId() == machine.vmId() && was.name().equals(machine.name()));
    }

    /** A command that sets a key of the stack's configuration. */
    String set(String path, Object value) {
        return "pulumi config set " + (path.matches("\\w+") ? path : "--path '" + path + "'") + " "
                + (value.toString().matches("[\\w./:-]+") ? value : "'" + value + "'") + " --stack " + stack;
    }
}
