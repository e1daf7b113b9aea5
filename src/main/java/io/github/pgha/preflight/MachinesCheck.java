package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.FormerMachines;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.Row;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether numbers are free, and the machines that are there can be worked on. */
final class MachinesCheck {
    private static final String CHECK = "machines";

    private final Survey survey;
    private final Wanted wanted;
    private final Grants grants;
    private final List<Finding> findings = new ArrayList<>();
    private final Set<Integer> offered = new HashSet<>();

    private MachinesCheck(Survey survey, Wanted wanted, Grants grants) {
        this.survey = survey;
        this.wanted = wanted;
        this.grants = grants;
    }

    static List<Finding> of(Survey survey, Wanted wanted, Grants grants) throws ApiException {
        var check = new MachinesCheck(survey, wanted, grants);
        var there = new ArrayList<String>();
        var free = new ArrayList<String>();
        var unseen = new ArrayList<Wanted.Machine>();
        for (Wanted.Machine machine : wanted.machines()) {
            Optional<Row> own = survey.own(wanted, machine);
            if (own.isPresent()) {
                there.add(machine.name());
                check.own(machine, own.get());
            } else if (survey.api().isFree(machine.vmId())) {
                free.add(String.valueOf(machine.vmId()));
                check.gone(machine);
            } else if (survey.guest(machine.vmId()).isEmpty() && wanted.wasMade(machine)) {
                unseen.add(machine);
            } else {
                check.taken(machine);
            }
        }
        check.unseen(unseen);
        if (!there.isEmpty()) {
            check.findings.add(Finding.ok(CHECK, String.join(", ", there) + " there, this stack's"));
        }
        if (!free.isEmpty()) {
            check.findings.add(Finding.ok(CHECK, "numbers " + String.join(", ", free) + " free"));
        }
        check.places();
        return check.findings;
    }

    private void own(Wanted.Machine machine, Row found) {
        String node = found.text("node").orElse(machine.node());
        String name = "'" + machine.name() + "' (" + machine.vmId() + ")";
        found.text("lock").filter(lock -> !lock.isEmpty()).ifPresent(lock -> findings.add(Finding.fails(CHECK,
                name + " is locked (" + lock + "): it can't be changed or stopped until what locked it has ended; a lock that "
                        + "is left from a crash is to be taken away",
                Remedy.asRootOn(node, "pvesh get /nodes/" + node + "/tasks --vmid " + machine.vmId() + " --source active",
                        "qm unlock " + machine.vmId()))));
        FormerMachines.haState(found).ifPresent(state ->
                findings.add(Finding.fails(CHECK, name + " must not be managed by Proxmox VE's HA (it is: " + state
                        + "), which would start what fencing has powered off", Remedy.asRootOn(node,
                                "ha-manager remove vm:" + machine.vmId()))));
        if (found.text("status").filter("unknown"::equals).isPresent()) {
            findings.add(Finding.fails(CHECK, name + " is on node '" + node + "', which doesn't answer",
                    Remedy.asRoot(List.of("pvecm status"))));
        }
        if (!node.equals(machine.node())) {
            findings.add(Finding.note(CHECK, name + " is on node '" + node + "', where somebody "
                    + "has moved it; it is configured for '"
                    + machine.node() + "'"));
        }
        if (!wanted.wasMade(machine)) {
            findings.add(Finding.note(CHECK, name + " has this stack's name and the tag pgha but isn't in its last "
                    + "outputs: the next "
                    + "`pulumi up` goes on with it if an `up` that was interrupted made it, and refuses it otherwise"));
        }
    }

    private void gone(Wanted.Machine machine) {
        if (wanted.wasMade(machine)) {
            findings.add(Finding.note(CHECK, "'" + machine.name() + "' (" + machine.vmId() + ") of the last `up` "
                    + "isn't there any more: an `up` with --refresh makes it again",
                    Remedy.here("pulumi up --refresh --stack " + wanted.stack())));
        }
    }

    /** Pulumi would take them for gone: the provider drops from the state what it can't see. */
    private void unseen(List<Wanted.Machine> unseen) {
        if (unseen.isEmpty()) {
            return;
        }
        String tokenId = survey.api().tokenId();
        var commands = new ArrayList<String>();
        wanted.pool().ifPresent(pool -> commands.add("pveum pool modify " + pool + " -vms " + unseen.stream()
                .map(machine -> String.valueOf(machine.vmId())).collect(Collectors.joining(",")) + " -allow-move 1"));
        commands.addAll(grants.commands(NeededRights.MACHINES, Set.of(NeededRights.machinesPath(wanted)), tokenId));
        findings.add(Finding.fails(CHECK, unseen.stream().map(machine -> "'" + machine.name() + "' (" + machine.vmId() + ")")
                .collect(Collectors.joining(", ")) + " of the last `up` can't be seen by '" + tokenId
                        + "', though their numbers are "
                + "taken: a `pulumi refresh` would take them for gone", Remedy.asRoot(commands)));
    }

    private void taken(Wanted.Machine machine) throws ApiException {
        String who = survey.guest(machine.vmId()).map(found -> (found.text("type").filter("lxc"::equals).isPresent()
                ? "container '" : "machine '") + found.text("name").orElse("?") + "' on node '" + found.text("node").orElse("?")
                + "'")
                .orElse("a machine or container that the token can't see");
        findings.add(Finding.fails(CHECK, "vmId '" + machine.vmId() + "' of host '" + machine.name() + "' must be free, and "
                + who + " has it", Remedy.here(wanted.set(machine.label() + ".vmId", another(machine.vmId())))));
    }

    /** The next free number that no other machine of the stack has or was offered. */
    private int another(int taken) throws ApiException {
        int candidate = taken + 1;
        while (isWanted(candidate) || !survey.api().isFree(candidate)) {
            candidate++;
        }
        offered.add(candidate);
        return candidate;
    }

    private boolean isWanted(int vmId) {
        return offered.contains(vmId) || wanted.machines().stream().anyMatch(machine -> machine.vmId() == vmId);
    }

    /** Only where there is more than one node to be on. */
    private void places() {
        if (survey.nodes().size() < 2) {
            return;
        }
        Map<Boolean, List<Wanted.Machine>> kinds =
                wanted.machines().stream().collect(Collectors.partitioningBy(Wanted.Machine::postgres));
        crowded(kinds.get(false)).ifPresent(node -> findings.add(Finding.note(CHECK,
                "a majority of etcd is on node '" + node + "': without that node the cluster has no leader")));
        crowded(kinds.get(true)).ifPresent(node -> findings.add(Finding.note(CHECK,
                "more than half of PostgreSQL is on node '" + node + "': both copies of a commit may go with that node")));
    }

    private Optional<String> crowded(List<Wanted.Machine> machines) {
        return machines.stream().collect(Collectors.groupingBy(machine -> survey.own(wanted, machine)
                .flatMap(found -> found.text("node")).orElse(machine.node()), Collectors.counting())).entrySet().stream()
                .filter(node -> 2 * node.getValue() > machines.size()).map(Map.Entry::getKey).findFirst();
    }
}
