package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.api.ApiException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether the pool is there, and has the machines that are there. */
final class PoolCheck {
    private static final String CHECK = "pool";

    private PoolCheck() {}

    static List<Finding> of(Survey survey, Wanted wanted) throws ApiException {
        if (wanted.pool().isEmpty()) {
            return List.of(Finding.ok(CHECK, "none: rights are given on /vms, for all machines of this Proxmox VE"));
        }
        String pool = wanted.pool().get();
        try {
            survey.api().rows("/pools", Map.of("poolid", pool));
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.FAILED || e.kind() == ApiException.Kind.REFUSED) {
                return List.of(Finding.fails(CHECK, "pool '" + pool + "' must be there: " + e.getMessage(),
                        Remedy.asRoot(List.of("pveum pool add " + pool))));
            }
            throw e;
        }
        // A machine's pool is shown to those who have Pool.Audit on it.
        List<Wanted.Machine> outside = wanted.machines().stream().filter(machine -> survey.own(wanted, machine)
                .filter(found -> found.text("pool").filter(pool::equals).isEmpty()).isPresent()).toList();
        if (outside.isEmpty()) {
            return List.of(Finding.ok(CHECK, "'" + pool + "' is there"));
        }
        String names = outside.stream().map(Wanted.Machine::name).collect(Collectors.joining(", "));
        if (mayPutIn(survey, pool, outside)) {
            return List.of(Finding.note(CHECK, "the next `up` puts " + names + " into '" + pool + "'"));
        }
        return List.of(Finding.fails(CHECK, names + " must be in pool '" + pool + "', and the token may not put machines there",
                Remedy.asRoot(List.of("pveum pool modify " + pool + " -vms " + outside.stream()
                        .map(machine -> String.valueOf(machine.vmId())).collect(Collectors.joining(",")) + " -allow-move 1"))));
    }

    private static boolean mayPutIn(Survey survey, String pool, List<Wanted.Machine> machines) throws ApiException {
        boolean may = survey.rights("/pool/" + pool).contains("Pool.Allocate");
        for (Wanted.Machine machine : machines) {
            may &= survey.rights("/vms/" + machine.vmId()).contains("VM.Allocate");
        }
        return may;
    }
}
