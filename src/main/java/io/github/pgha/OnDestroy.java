package io.github.pgha;

import io.github.pgha.rules.Problems;
import java.util.Optional;

/**
 * What becomes of hosts that exist already when their cluster is destroyed, or when one of them leaves it.
 *
 * @param purgeCluster name of the cluster whose services, data, configuration and packet filter are removed from the
 *                     hosts; empty if all is left as it is: the cluster goes on serving, and nobody manages it any more
 */
public record OnDestroy(Optional<String> purgeCluster) {
    /** All is left as it is. */
    public static final OnDestroy KEEP = new OnDestroy(Optional.empty());

    /**
     * All that the cluster has put on the hosts is removed, its data too. Debian's packages stay, no service runs.
     *
     * @param clusterName its name, {@link io.github.pgha.patroni.Database#clusterName()}, so that nobody loses data by
     *                    the change of one word
     */
    public static OnDestroy purge(String clusterName) {
        return new OnDestroy(Optional.of(clusterName));
    }

    /** Adds a sentence unless what is to be purged is the cluster; a null is passed over. */
    static void check(Problems problems, String purgeCluster, String clusterName) {
        if (clusterName != null) {
            problems.require(purgeCluster, clusterName::equals, "purgeCluster '%s' must be the name of the cluster "
                    + "whose data `pulumi destroy` is to remove, '%s', or be left out", clusterName);
        }
    }
}
