package io.github.pgha;

import com.pulumi.core.Output;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostSpec;
import io.github.pgha.proxmox.MachineState;
import io.github.pgha.proxmox.VmSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The output {@code hosts}, by which people and the next run know the cluster: of machines it tells what they are, not what they
 * should be.
 *
 * @param args   what was asked for
 * @param all    the hosts
 * @param past   what the machines went through
 * @param former what the stack says of them
 */
record DescribedHosts(PostgresClusterArgs args, ClusterHosts all, Past past, FormerOutputs former) {
    private static final String ROLES = "roles";
    private static final String REBUILD = "rebuild";
    private static final String REBUILT = "rebuilt";
    private static final String RESIZES = "resizes";

    /** Whether all machines are what was asked for. */
    Output<Boolean> asAsked() {
        if (!(args.hosts() instanceof VirtualHosts virtual)) {
            return Output.of(true);
        }
        return Output.all(Stream.concat(virtual.etcd().stream(), virtual.postgres().stream())
                .map(spec -> state(spec).applyValue(is -> asAsked(spec, virtual, is))).toList())
                .applyValue(each -> !each.contains(false));
    }

    private boolean asAsked(VmSpec spec, VirtualHosts wanted, MachineState is) {
        boolean staysThatGoes = past.recreated().containsKey(spec.name()) && is.isStill(former.host(spec.name()));
        return is.is(spec, wanted.site()) && !staysThatGoes;
    }

    /**
     * All of them, by their names.
     *
     * @param done whether the run did all that it was asked for. What it says of others than machines stays otherwise what it
     *             was before
     */
    Output<Map<String, Map<String, Object>>> output(Output<Boolean> done) {
        var described = new ArrayList<Output<Map<String, Object>>>();
        args.etcdHosts().forEach(spec -> described.add(described(spec, "etcd")));
        args.postgresHosts().forEach(spec -> described.add(described(spec, "postgres")));
        return Output.tuple(done, Output.all(described)).applyValue(known -> {
            var hosts = new LinkedHashMap<String, Map<String, Object>>();
            known.t2.forEach(host -> hosts.put((String) host.get("name"), host));
            if (!known.t1) {
                former.hosts().forEach((name, was) -> hosts.merge(name, was, (now, before) -> {
                    now.put(ROLES, before.get(ROLES));
                    return now;
                }));
            }
            return hosts;
        });
    }

    private Output<MachineState> state(VmSpec spec) {
        return all.machines().orElseThrow().state(spec.name());
    }

    private Output<Map<String, Object>> described(HostSpec spec, String role) {
        List<String> roles = args.balancerHosts().contains(spec.name()) ? List.of(role, "balancer") : List.of(role);
        Host host = all.host(spec.name());
        // A public key, though it may be derived from a secret one.
        Output<Map<String, Object>> described = host.hostKey().asPlaintext().applyValue(key -> new HashMap<>(Map.of(
                "name", spec.name(), "address", spec.ip(), "user", host.user(), "hostKey", key, ROLES, roles)));
        if (spec instanceof VmSpec vm) {
            return Output.tuple(described, state(vm)).applyValue(known -> machine(known.t1, vm, known.t2));
        }
        return described.applyValue(known -> {
            known.put("port", host.port());
            host.jumpHost().ifPresent(jump -> known.put("jumpHost", Map.of("address", jump.address(), "user", jump.user(),
                    "hostKey", jump.hostKey(), "port", jump.port())));
            return known;
        });
    }

    private Map<String, Object> machine(Map<String, Object> host, VmSpec spec, MachineState is) {
        Map<String, Object> was = former.host(spec.name());
        boolean still = is.isStill(was);
        host.put("vmId", spec.vmId());
        is.describe(host);
        host.put(REBUILD, still ? was.get(REBUILD) : spec.rebuild());
        (still ? Optional.ofNullable(was.get(REBUILT)) : past.rebuilt(spec.name())).ifPresent(time -> host.put(REBUILT, time));
        host.put(RESIZES, is.restartedFor(spec, ((VirtualHosts) args.hosts()).site()) ? past.resizes(spec.name())
                : was.getOrDefault(RESIZES, 0));
        all.machines().orElseThrow().made(spec.name()).describe(host);
        return host;
    }
}
