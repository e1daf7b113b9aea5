package io.github.pgha;

import io.github.pgha.host.Again;
import io.github.pgha.rules.Problems;

/**
 * What is done to a cluster that runs already.
 *
 * @param protect whether what would remove a machine is refused (Pulumi's {@code protect})
 * @param again   what makes all scripts run again
 */
public record Upkeep(boolean protect, Again again) {
    /** Machines are protected, and nothing runs again but what changed. */
    public static final Upkeep DEFAULT = new Upkeep(true, Again.NEVER);

    /** Adds what is wrong with the parts; a null is passed over. */
    static void check(Problems problems, Integer repair, Integer update) {
        problems.require(repair, number -> number >= 0, "repair '%s' must be at least 0");
        problems.require(update, number -> number >= 0, "update '%s' must be at least 0");
    }
}
