package io.github.pgha.readiness;

import java.util.List;

/**
 * What an {@code up} is about to do.
 *
 * @param hosts      the hosts that there are
 * @param vip        the wanted virtual address
 * @param changes    whether anything differs from the last complete {@code up}
 * @param everywhere whether something differs that all hosts must take in together, or there will be other hosts
 * @param mends      whether all scripts run, those that start a service that was stopped among them
 * @param repairs    whether they put back what is lost, too
 */
public record Plan(List<RunningHost> hosts, String vip, boolean changes, boolean everywhere, boolean mends, boolean repairs) {
    /** Copies the list. */
    public Plan {
        hosts = List.copyOf(hosts);
    }
}
