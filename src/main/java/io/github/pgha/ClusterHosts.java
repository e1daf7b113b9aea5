package io.github.pgha;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import io.github.pgha.host.Again;
import io.github.pgha.host.ExistingHost;
import io.github.pgha.host.Host;
import io.github.pgha.proxmox.VirtualMachines;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The hosts of a cluster as the rest takes them, whichever kind they are.
 *
 * @param hosts           first those of etcd, then those of PostgreSQL
 * @param adminPrivateKey the key that logs in to them; secret, and empty if it is in an ssh-agent
 * @param machines        the machines that they are; empty if they exist already
 */
record ClusterHosts(List<Host> hosts, Output<String> adminPrivateKey, Optional<VirtualMachines> machines) {
    /**
     * Makes the machines, if any are to be made.
     *
     * @throws io.github.pgha.rules.InvalidInputException if Proxmox lacks what a machine needs that isn't there yet
     */
    static ClusterHosts of(String name, PostgresClusterArgs args, VirtualMachines.Turns turns,
            ComponentResourceOptions options) {
        if (args.hosts() instanceof VirtualHosts virtual) {
            var machines = new VirtualMachines(name + "-vms", args.database().clusterName(),
                    Stream.concat(virtual.etcd().stream(), virtual.postgres().stream()).toList(), virtual.site(),
                    args.upkeep().protect(), turns, options);
            return new ClusterHosts(machines.hosts(), machines.adminPrivateKey(), Optional.of(machines));
        }
        var existing = (ExistingHosts) args.hosts();
        return new ClusterHosts(
                Stream.concat(existing.etcd().stream(), existing.postgres().stream()).map(ClusterHosts::found).toList(),
                existing.etcd().get(0).privateKey().orElse(Output.of("")).asSecret(), Optional.empty());
    }

    private static Host found(ExistingHost host) {
        return new Host(host.name(), host.ip(), host.port(), host.user(), host.privateKey(), Output.of(host.hostKey()),
                host.jumpHost(), Optional.empty(), Again.NEVER);
    }

    /** One of them. */
    Host host(String name) {
        return hosts.stream().filter(host -> host.name().equals(name)).findFirst().orElseThrow();
    }
}
