package io.github.pgha;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostScript;
import io.github.pgha.proxmox.VmSpec;
import java.util.List;

/**
 * What comes before a machine is built anew: a PostgreSQL member that leads hands over, and a member of etcd goes only if a
 * majority is left. Once it has been built anew there is nothing to do.
 */
final class RebuildTurns {
    private final Past past;
    private final PostgresClusterArgs args;
    private final Resource parent;

    RebuildTurns(Past past, PostgresClusterArgs args, Resource parent) {
        this.past = past;
        this.args = args;
        this.parent = parent;
    }

    /**
     * What a machine has to wait for.
     *
     * @param earlier those before it in the list, which may be used for it
     * @param all     all machines, as they may be before this one
     */
    List<Resource> before(VmSpec spec, List<Host> earlier, List<Host> all) {
        String time = past.rebuilt(spec.name()).orElse(String.valueOf(spec.rebuild()));
        if (args.postgresHosts().contains(spec)) {
            return spec.rebuild() == 0 ? List.of()
                    : List.of(command(spec,
                            earlier.stream().filter(host -> past.answers(host.name())).findFirst().orElseThrow(),
                                    givesWay(args, "", spec.name(), time)));
        }
        // A cluster that is made with such a number has nobody yet who could be asked.
        return past.rebuilt(spec.name()).isEmpty() ? List.of() : List.of(command(spec,
                Witness.of(args, past, spec, all), HostScript.of("etcd/ask.sh").then("etcd/give-way.sh")
                        .variable("HOST", spec.name())
                        .variable("ETCD", spec.ip())
                        .variable("REBUILD", time)
                        .variable("DIARY", diary(args))));
    }

    private Resource command(VmSpec spec, Host at, HostScript script) {
        return HostCommand.run(spec.name() + "-give-way", at, Output.of(script.render()), false, parent, List.of());
    }

    /**
     * Lets another member lead than one that isn't among those who stay, or, if nobody is named there, than the one who goes.
     *
     * @param stay names, separated by spaces
     * @param time which time it is that this one goes
     */
    static HostScript givesWay(PostgresClusterArgs args, String stay, String goes, String time) {
        return HostScript.of("etcd/ask.sh").then("patroni/hand-over.sh").then("patroni/give-way.sh")
                .variable("STAY", stay)
                .variable("GOES", goes)
                .variable("REBUILD", time)
                .variable("SCOPE", args.patroniKeys())
                .variable("DIARY", diary(args));
    }

    private static String diary(PostgresClusterArgs args) {
        return "/pgha/" + args.database().clusterName() + "/rebuild/";
    }
}
