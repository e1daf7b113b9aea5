package io.github.pgha.drills.report;

import io.github.pgha.drills.measure.Fencing;
import io.github.pgha.drills.measure.Ledger;
import io.github.pgha.drills.measure.Watcher;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One drill of one fault. All times are in seconds.
 *
 * @param fault         the fault's name
 * @param writes        what writers saw
 * @param reads         what readers saw
 * @param verdict       what became of the rows
 * @param sightings     what the watcher saw
 * @param healedAfter   from the fault to its healing
 * @param wholeAfter    from the fault until one primary and all standbys streamed, and everything else ran, again
 * @param before        the cluster before the fault
 * @param after         the cluster at the end
 * @param fencing       what fencing did
 * @param amiss         what the fault demands and didn't come: of fencing, or that another member leads or another
 *                      balancer holds the virtual address; empty if all came
 * @param lacks         what it still lacked at the end; none if it is whole
 * @param notes         what else is worth knowing, one sentence each
 */
public record Run(String fault, Clients writes, Clients reads, Ledger.Verdict verdict, Watcher.Sightings sightings,
        double healedAfter, double wholeAfter, State before, State after, Fencing fencing,
        Optional<String> amiss, List<String> lacks, List<String> notes) {

    /**
     * What clients of one kind saw.
     *
     * @param gap          the longest time in which none of them was served
     * @param gapBroken    the same, of those gaps that began before the healing
     * @param gapHealing   the same, of those that began later
     * @param worstClient  the longest time in which one of them wasn't served
     * @param errors       what went wrong, by kind
     * @param perTick      how many answers they got in each tenth of a second, from {@link Run#LEAD} before the
     *                     fault on
     */
    public record Clients(double gap, double gapBroken, double gapHealing, double worstClient,
            Map<String, Integer> errors, List<Integer> perTick) {}

    /** Who had which role, by name; {@code "-"} for nobody. */
    public record State(String leader, int timeline, String vipHolder) {}

    /** Seconds before the fault with which {@link Clients#perTick} begins. */
    public static final double LEAD = 2;

    /** Whether the cluster is whole again. */
    public boolean healed() {
        return lacks.isEmpty();
    }

    /** Whether all that was promised has been kept. */
    public boolean passed() {
        return healed() && verdict.lost().isEmpty() && verdict.uninvited().isEmpty() && sightings.splitBrains() == 0
                && amiss.isEmpty();
    }
}
