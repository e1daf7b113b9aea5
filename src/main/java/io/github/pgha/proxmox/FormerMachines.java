package io.github.pgha.proxmox;

import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.ProxmoxApi;
import io.github.pgha.proxmox.api.Row;
import io.github.pgha.rules.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What Proxmox says of the machines that the last {@code up} left, before anything is done to them.
 *
 * <p>A machine that is there, and that the provider's user may not see any more, looks to the provider as if it were gone: a
 * {@code refresh} takes it out of the state without an error, the next {@code up} wants to make it anew, and {@code destroy}
 * removes nothing. One that is locked, managed by HA, or migrated since the last {@code refresh} can't be changed, and an
 * {@code up} would find that out when others have had their turns.
 */
public final class FormerMachines {
    /**
     * A machine that the last {@code up} left.
     *
     * @param name    host name
     * @param vmId    its number
     * @param node    the node that it is on, as far as Pulumi knows
     * @param changes whether it is about to be changed, rebuilt or removed
     */
    public record Machine(String name, int vmId, String node, boolean changes) {
        private String label() {
            return "'" + name + "' (" + vmId + ")";
        }
    }

    private FormerMachines() {}

    /**
     * Refuses to go on where that can't end well. Who can't be asked, because the provider has its settings from somewhere else
     * than the environment or the API doesn't answer, refuses nothing: a cluster that runs needs no Proxmox.
     *
     * @param machines    what the last {@code up} left
     * @param pool        the pool that they are in; empty for none
     * @param environment the variables that the provider reads
     * @param notice      tells the user something
     * @return names of those that aren't there any more; none where nobody can be asked
     * @throws io.github.pgha.rules.InvalidInputException with a sentence for each thing that is wrong
     */
    public static Set<String> check(List<Machine> machines, Optional<String> pool, Map<String, String> environment,
            Consumer<String> notice) {
        if (machines.isEmpty()) {
            return Set.of();
        }
        Set<String> lost = Set.of();
        var problems = new Problems();
        try {
            Optional<ProxmoxApi> api = ProxmoxApi.of(environment);
            if (api.isPresent()) {
                lost = check(problems, machines, pool, api.get());
            }
        } catch (ApiException | IllegalArgumentException e) {
            notice.accept("whether Proxmox VE lets the cluster's machines be changed isn't known: " + e.getMessage());
        }
        problems.orThrow();
        return lost;
    }

    private static Set<String> check(Problems problems, List<Machine> machines, Optional<String> pool, ProxmoxApi api)
            throws ApiException {
        Map<Long, Row> seen = new HashMap<>();
        api.rows("/cluster/resources", Map.of("type", "vm"))
                .forEach(row -> row.number("vmid").ifPresent(number -> seen.put(number, row)));
        List<Machine> hidden = new ArrayList<>();
        Set<String> lost = new HashSet<>();
        for (Machine machine : machines) {
            Row row = seen.get((long) machine.vmId());
            if (row != null) {
                canBeChanged(problems, machine, row);
            } else if (api.isFree(machine.vmId())) {
                // One that is gone leaves its number free.
                lost.add(machine.name());
            } else {
                hidden.add(machine);
            }
        }
        if (!hidden.isEmpty()) {
            String token = api.tokenId();
            problems.add("%s must be shown to '%s', and %s there without that (VM.Audit), so that Pulumi would take them for "
                    + "gone: give it its rights back (pveum acl modify %s -users '%s' -tokens '%s' -roles PghaMachines; "
                    + "`make preflight` says which it lacks), then run `pulumi up`",
                    hidden.stream().map(Machine::label).collect(Collectors.joining(", ")), token,
                    hidden.size() == 1 ? "is" : "are", pool.map(name -> "/pool/" + name).orElse("/vms"),
                    token.replaceFirst("!.*", ""), token);
        }
        return lost;
    }

    /**
     * The state in which Proxmox VE's HA keeps a machine.
     *
     * @param row what {@code /cluster/resources} says of the machine
     * @return such as {@code started}; empty if HA doesn't manage it
     */
    public static Optional<String> haState(Row row) {
        return row.text("hastate").filter(state -> !state.isEmpty() && !state.equals("ignored"));
    }

    private static void canBeChanged(Problems problems, Machine machine, Row row) {
        if (!machine.changes()) {
            return;
        }
        row.text("lock").ifPresent(lock -> problems.add("%s is to be changed and must not be locked, and is, by '%s': wait for "
                + "the end of that; a lock that a crash has left goes by `qm unlock %s`", machine.label(), lock, machine.vmId()));
        haState(row).ifPresent(state -> problems.add("%s is to be changed and must not be managed by Proxmox VE's HA, and is "
                + "('%s'), which stops and starts it at times of its own: take it out first by `ha-manager remove vm:%s`",
                machine.label(), state, machine.vmId()));
        row.text("node").filter(node -> !node.equals(machine.node())).ifPresent(node -> problems.add(
                "%s is to be changed and is on node '%s' by now, where Pulumi knows it on '%s': run `pulumi refresh` first",
                machine.label(), node, machine.node()));
    }
}
