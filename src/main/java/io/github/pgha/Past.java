package io.github.pgha;

import io.github.pgha.host.HostSpec;
import io.github.pgha.proxmox.Made;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What machines went through, the present time included. It is kept in the stack's outputs, so that what belongs to such a
 * machine stays when nothing of it changes any more.
 *
 * @param resizes  how many times each has restarted to get another size or other hardware; who never has isn't among them
 * @param rebuilds when each was let go to be built anew, for the last time; who never was isn't among them. It is another time in
 *                 each {@code up} until one has ended well, so that whoever leads by then is looked at again
 * @param hosts    names of the hosts that the cluster has had so far
 * @param machines how those were made that are virtual machines
 * @param recreated the node on which each is made again, of those whose machine goes in this {@code up} or is gone already
 * @param leftOut  names of hosts that don't answer, and that this {@code up} does without
 */
record Past(Map<String, Integer> resizes, Map<String, String> rebuilds, Set<String> hosts, Map<String, Made> machines,
        Map<String, String> recreated, Set<String> leftOut) {
    /** No machine was there before, or nobody tells. */
    static final Past UNKNOWN = new Past(Map.of(), Map.of(), Set.of(), Map.of(), Map.of(), Set.of());

    /** Copies the collections. */
    Past {
        resizes = Map.copyOf(resizes);
        rebuilds = Map.copyOf(rebuilds);
        hosts = Set.copyOf(hosts);
        machines = Map.copyOf(machines);
        recreated = Map.copyOf(recreated);
        leftOut = Set.copyOf(leftOut);
    }

    /** The same without some hosts that don't answer. */
    Past without(Set<String> hostsThatDont) {
        return new Past(resizes, rebuilds, hosts, machines, recreated, hostsThatDont);
    }

    /** Whether a host answers, as far as anybody knows. */
    boolean answers(String host) {
        return !leftOut.contains(host);
    }

    /** How many times a machine has restarted to be changed. */
    int resizes(String host) {
        return resizes.getOrDefault(host, 0);
    }

    /** When a machine was let go to be built anew. */
    Optional<String> rebuilt(String host) {
        return Optional.ofNullable(rebuilds.get(host));
    }

    /** How a machine was made; empty for one that wasn't there, as far as anybody knows. */
    Optional<Made> made(String host) {
        return Optional.ofNullable(machines.get(host));
    }

    /** Those among some hosts that have restarted to be changed. */
    <T extends HostSpec> List<T> resized(List<T> among) {
        return among.stream().filter(host -> resizes.containsKey(host.name())).toList();
    }
}
