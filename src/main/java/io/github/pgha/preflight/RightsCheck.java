package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.preflight.NeededRights.Need;
import io.github.pgha.proxmox.api.ApiException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether a token may do what it is for. */
final class RightsCheck {
    /** Tells the privileges on a path. */
    interface Rights {
        Set<String> on(String path) throws ApiException;
    }

    private final String check;
    private final Wanted wanted;
    private final String tokenId;
    private final Rights rights;
    private final Grants grants;

    /**
     * @param check   what findings are called
     * @param tokenId the token without its secret
     * @param rights  what it may
     */
    RightsCheck(String check, Wanted wanted, String tokenId, Rights rights, Grants grants) {
        this.check = check;
        this.wanted = wanted;
        this.tokenId = tokenId;
        this.rights = rights;
        this.grants = grants;
    }

    /** One finding for each role that lacks something; one if none does. */
    List<Finding> of(List<Need> needs, List<Wanted.Machine> machines) throws ApiException {
        var findings = new ArrayList<Finding>();
        Map<String, List<Need>> missing = new LinkedHashMap<>();
        var single = new LinkedHashSet<String>();
        for (Need need : needs) {
            // Who has a right on all machines needs none on the pool.
            if (need.isMet(rights.on(need.path())) || isOfMachines(need) && need.isMet(rights.on("/vms"))) {
                continue;
            }
            if (isOfMachines(need) && isMetByEach(need, machines)) {
                single.add(need.privilege());
            } else {
                missing.computeIfAbsent(need.role(), role -> new ArrayList<>()).add(need);
            }
        }
        missing.forEach((role, lacks) -> findings.add(Finding.fails(check, sentence(lacks),
                Remedy.asRoot(grants.commands(role, paths(lacks), tokenId)))));
        if (!single.isEmpty()) {
            String path = NeededRights.machinesPath(wanted);
            findings.add(Finding.note(check, "'" + tokenId + "' has " + String.join(", ", single) + " on single machines only "
                    + "(/vms/ID), and Proxmox VE deletes these rights together with a machine: give them on " + path,
                    Remedy.asRoot(grants.commands(role(needs, single), Set.of(path), tokenId))));
        }
        if (findings.isEmpty()) {
            findings.add(Finding.ok(check, "'" + tokenId + "' has all that it needs on "
                    + needs.stream().map(Need::path).distinct().collect(Collectors.joining(", "))));
        }
        return findings;
    }

    private boolean isOfMachines(Need need) {
        return need.privilege().startsWith("VM.");
    }

    private boolean isMetByEach(Need need, List<Wanted.Machine> machines) throws ApiException {
        for (Wanted.Machine machine : machines) {
            if (!need.isMet(rights.on("/vms/" + machine.vmId()))) {
                return false;
            }
        }
        return !machines.isEmpty();
    }

    private static String role(List<Need> needs, Set<String> privileges) {
        return needs.stream().filter(need -> privileges.contains(need.privilege())).findFirst().orElseThrow().role();
    }

    private static Set<String> paths(List<Need> lacks) {
        return lacks.stream().map(Need::path).collect(Collectors.toCollection(HashSet::new));
    }

    private String sentence(List<Need> lacks) {
        Map<String, Set<String>> byPath = new LinkedHashMap<>();
        lacks.forEach(need -> byPath.computeIfAbsent(need.path(), path -> new LinkedHashSet<>()).add(need.privilege()));
        return "'" + tokenId + "' lacks " + byPath.entrySet().stream()
                .map(lack -> String.join(", ", lack.getValue()) + " on " + lack.getKey()).collect(Collectors.joining("; "))
                + (lacks.size() == 1 ? ", which it needs " + lacks.get(0).why() : "");
    }
}
