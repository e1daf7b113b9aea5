package io.github.pgha.drills;

import io.github.pgha.drills.cluster.NodePower;
import io.github.pgha.drills.cluster.SandboxApi;
import io.github.pgha.drills.fault.Fault;
import io.github.pgha.drills.stack.Stack;
import java.util.List;
import java.util.Optional;

/** Whether a cluster may be drilled. */
final class Permission {
    private Permission() {}

    /** Why a stack may not be broken; empty if it may. */
    static Optional<String> refusal(Stack stack, boolean yesBreakIt) {
        return stack.drillsAllowed() || yesBreakIt ? Optional.empty()
                : Optional.of("Drills break the cluster behind " + stack.vip() + " on purpose, and its stack doesn't "
                        + "allow them: set its output 'drillsAllowed' to true (configuration key drillsAllowed), or "
                        + "say --yes-break-it.");
    }

    /** Why a fault can't be tried where this is; empty if it can. */
    static Optional<String> refusal(Fault fault, boolean sandbox, boolean nodePower) {
        if (!sandbox && fault.is(Fault.Trait.SANDBOX)) {
            return Optional.of("The fault '" + fault.name() + "' makes the Proxmox API fail, which is possible in the "
                    + "sandbox alone (./sandbox/run sets " + SandboxApi.VARIABLE + ").");
        }
        return nodePower || !fault.is(Fault.Trait.NODE_POWER) ? Optional.empty()
                : Optional.of("The fault '" + fault.name() + "' cuts the power of a Proxmox node, and the environment has no "
                        + NodePower.VARIABLE + ", a program that does it: PROGRAM NODE off|on (in the sandbox: ./sandbox/run "
                        + "sets it).");
    }

    /** Why a fault can't be tried on a stack's hosts; empty if it can. */
    static Optional<String> refusal(Fault fault, Stack stack) {
        boolean needed = fault.is(Fault.Trait.PROXMOX) || fault.is(Fault.Trait.SANDBOX);
        return stack.virtual() || !needed ? Optional.empty()
                : Optional.of("The fault '" + fault.name() + "' needs the Proxmox API, and the stack's hosts aren't all "
                        + "virtual machines on Proxmox VE.");
    }

    /** Why a cluster that isn't whole, as far as can be seen from here, may not be broken; empty if it is whole. */
    static Optional<String> refusal(Stack stack, List<String> lacks) {
        return lacks.isEmpty() ? Optional.empty()
                : Optional.of("The cluster isn't healthy, " + (stack.behindJumpHost() ? "or this machine, which has to be "
                        + "among its clients since only SSH goes through the jump host, doesn't reach it, " : "")
                        + "so drills would tell nothing: " + String.join("; ", lacks) + ".");
    }
}
