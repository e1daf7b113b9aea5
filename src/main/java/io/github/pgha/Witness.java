package io.github.pgha;

import io.github.pgha.host.Host;
import io.github.pgha.host.HostSpec;
import java.util.List;

/** Who says whether a machine may go or restart. */
final class Witness {
    private Witness() {}

    /**
     * A host of etcd that was there before, answers, and isn't the machine.
     *
     * @param all all machines, as they may be before this one
     */
    static Host of(PostgresClusterArgs args, Past past, HostSpec machine, List<Host> all) {
        String name = args.etcdHosts().stream().map(HostSpec::name)
                .filter(etcd -> past.hosts().contains(etcd) && past.answers(etcd) && !etcd.equals(machine.name())).findFirst()
                .orElseThrow();
        return all.stream().filter(host -> host.name().equals(name)).findFirst().orElseThrow();
    }
}
