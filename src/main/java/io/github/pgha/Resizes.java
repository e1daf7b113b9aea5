package io.github.pgha;

import io.github.pgha.host.HostSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Machines that restart to get another size or other hardware.
 *
 * @param counts how many times each has got another one, the present time included; who never has isn't among them.
 *               They are kept in the stack's outputs, so that what belongs to such a machine stays when its size does
 * @param former names of the hosts that the cluster has had so far
 */
record Resizes(Map<String, Integer> counts, Set<String> former) {
    /** No machine was there before, or nobody tells. */
    static final Resizes NONE = new Resizes(Map.of(), Set.of());

    /** Copies the collections. */
    Resizes {
        counts = Map.copyOf(counts);
        former = Set.copyOf(former);
    }

    /** How many times a machine has restarted to be changed. */
    int count(String host) {
        return counts.getOrDefault(host, 0);
    }

    /** Those among some hosts that have restarted to be changed. */
    <T extends HostSpec> List<T> among(List<T> hosts) {
        return hosts.stream().filter(host -> counts.containsKey(host.name())).toList();
    }
}
