package io.github.pgha;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.HostSpec;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Lets machines that get another size or other hardware restart one after the other, in the order of their lists: the
 * provider changes one when the one before it serves again, the others do without it, and it doesn't lead. What fails stops
 * all that come later.
 */
final class ResizeTurns {
    private final Past past;
    private final PostgresClusterArgs args;
    private final Resource parent;
    private final Map<String, Resource> serves = new LinkedHashMap<>();
    private Resource last;

    ResizeTurns(Past past, PostgresClusterArgs args, Resource parent) {
        this.past = past;
        this.args = args;
        this.parent = parent;
    }

    /**
     * What a machine has to wait for.
     *
     * @param all all machines, as they may be before this one
     */
    List<Resource> before(HostSpec spec, List<Host> all) {
        if (past.resizes(spec.name()) == 0) {
            return List.of();
        }
        var script = HostScript.of("etcd/ask.sh").then("patroni/hand-over.sh").then("resize/before.sh")
                .variable("HOST", spec.name())
                .variable("RESIZE", past.resizes(spec.name()))
                .variable("ETCD", args.etcdHosts().contains(spec) ? spec.ip() : "")
                .variable("MEMBERS", past.resized(args.postgresHosts()).stream().map(HostSpec::name)
                        .collect(Collectors.joining(",")))
                .variable("SCOPE", args.patroniKeys())
                .variable("DIARY", "/pgha/" + args.database().clusterName() + "/resize/")
                .render();
        Host witness = Witness.of(args, past, spec, all);
        return List.of(HostCommand.run(spec.name() + "-before-resize", witness, Output.of(script), false,
                parent, Optional.ofNullable(last).map(List::of).orElse(List.of())));
    }

    /** Notes that a machine is changed, and lets the next one wait until it serves. */
    void changed(HostSpec spec, Host host, Resource machine) {
        if (past.resizes(spec.name()) == 0) {
            return;
        }
        String script = HostScript.of("patroni/member.sh").then("resize/after.sh")
                .variable("ADDRESS", host.address())
                .variable("MEMBERS", host.address())
                .variable("RESIZE", past.resizes(spec.name()))
                .render();
        last = HostCommand.runAfterBoot(spec.name() + "-after-resize", host, Output.of(script), parent, List.of(machine));
        serves.put(spec.name(), last);
    }

    /** What a host's other scripts have to wait for. */
    List<Resource> after(String host) {
        return Optional.ofNullable(serves.get(host)).map(List::of).orElse(List.of());
    }

    /** What has to wait until all have restarted waits for these. */
    Collection<Resource> after() {
        return serves.values();
    }
}
