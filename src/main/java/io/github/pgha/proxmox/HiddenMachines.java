package io.github.pgha.proxmox;

import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.ProxmoxApi;
import io.github.pgha.rules.Problems;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Machines that are there, and that the provider's user may not see any more. To the provider they look as if they were gone: a
 * {@code refresh} takes them out of the state without an error, the next {@code up} wants to make them anew, and
 * {@code destroy} removes nothing.
 */
public final class HiddenMachines {
    private HiddenMachines() {}

    /**
     * Refuses to go on where there is one. Who can't be asked, because the provider has its settings from somewhere else than
     * the environment or the API doesn't answer, refuses nothing: a cluster that runs needs no Proxmox.
     *
     * @param machines    numbers of machines that were there, by name
     * @param pool        the pool that they are in; empty for none
     * @param environment the variables that the provider reads
     * @throws io.github.pgha.rules.InvalidInputException with one sentence that names them
     */
    public static void check(Map<String, Integer> machines, Optional<String> pool, Map<String, String> environment) {
        if (machines.isEmpty()) {
            return;
        }
        Map<String, Integer> hidden;
        try {
            Optional<ProxmoxApi> api = ProxmoxApi.of(environment);
            hidden = api.isPresent() ? hidden(machines, api.get()) : Map.of();
        } catch (ApiException | IllegalArgumentException e) {
            // Pulumi shows it as a line of the program's.
            System.err.println("pgha: whether Proxmox VE still shows the cluster's machines isn't known: " + e.getMessage());
            return;
        }
        refuse(hidden, pool, environment);
    }

    private static Map<String, Integer> hidden(Map<String, Integer> machines, ProxmoxApi api) throws ApiException {
        Set<Long> seen = api.rows("/cluster/resources", Map.of("type", "vm")).stream()
                .flatMap(row -> row.number("vmid").stream()).collect(Collectors.toSet());
        Map<String, Integer> hidden = new LinkedHashMap<>();
        for (var machine : machines.entrySet()) {
            // One that is gone leaves its number free.
            if (!seen.contains(machine.getValue().longValue()) && !api.isFree(machine.getValue())) {
                hidden.put(machine.getKey(), machine.getValue());
            }
        }
        return hidden;
    }

    private static void refuse(Map<String, Integer> hidden, Optional<String> pool, Map<String, String> environment) {
        var problems = new Problems();
        if (!hidden.isEmpty()) {
            String token = environment.get(ProxmoxApi.TOKEN_VARIABLE).strip().replaceFirst("=.*", "");
            String names = hidden.entrySet().stream()
                    .map(machine -> "'" + machine.getKey() + "' (" + machine.getValue() + ")").collect(Collectors.joining(", "));
            problems.add("%s must be shown to '%s', and %s there without that (VM.Audit), so that Pulumi would take them for "
                    + "gone: give it its rights back (pveum acl modify %s -users '%s' -tokens '%s' -roles PghaMachines; "
                    + "`make preflight` says which it lacks), then run `pulumi up`", names, token,
                    hidden.size() == 1 ? "is" : "are", pool.map(name -> "/pool/" + name).orElse("/vms"),
                    token.replaceFirst("!.*", ""), token);
        }
        problems.orThrow();
    }
}
