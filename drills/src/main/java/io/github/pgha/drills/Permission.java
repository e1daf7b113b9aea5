package io.github.pgha.drills;

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

    /** Why a cluster that isn't whole may not be broken; empty if it is whole. */
    static Optional<String> refusal(List<String> lacks) {
        return lacks.isEmpty() ? Optional.empty()
                : Optional.of("The cluster isn't healthy, so drills would tell nothing: "
                        + String.join("; ", lacks) + ".");
    }
}
