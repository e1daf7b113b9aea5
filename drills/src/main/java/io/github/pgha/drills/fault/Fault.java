package io.github.pgha.drills.fault;

import io.github.pgha.drills.measure.Fencing;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * A way to break a cluster.
 *
 * @param name        what it is called on the command line and in reports
 * @param description what happens, in one sentence
 * @param healing     how it is undone, in one sentence
 * @param hold        how long it stays
 * @param traits      see {@link Trait}
 * @param demand      what fencing must make of it; empty if that doesn't matter
 * @param preparation what must be set up before the measurement begins, in the same form; its wound is healed
 *                    at the end
 * @param infliction  breaks the cluster
 */
public record Fault(String name, String description, String healing, Hold hold, Set<Trait> traits,
        Optional<Fencing.Demand> demand, Infliction preparation, Infliction infliction) {
    private static final Infliction NONE = (site, roles) -> () -> { };

    Fault(String name, String description, String healing, Hold hold, Set<Trait> traits, Infliction infliction) {
        this(name, description, healing, hold, traits, NONE, infliction);
    }

    Fault(String name, String description, String healing, Hold hold, Set<Trait> traits, Infliction preparation,
            Infliction infliction) {
        this(name, description, healing, hold, traits, Optional.empty(), preparation, infliction);
    }

    Fault(String name, String description, String healing, Hold hold, Set<Trait> traits, Fencing.Demand demand,
            Infliction preparation, Infliction infliction) {
        this(name, description, healing, hold, traits, Optional.of(demand), preparation, infliction);
    }

    /** What else is to be known of a fault. */
    public enum Trait {
        /** Belongs to the short set. */
        SHORT,
        /** Needs the Proxmox API. */
        PROXMOX,
        /** Makes the Proxmox API fail, which only the sandbox's can be made to. */
        SANDBOX,
        /** Needs a power switch of Proxmox's own nodes. */
        NODE_POWER,
        /** Afterwards the virtual address must be where it was. */
        VIP_GOES_HOME,
        /** Is set up at such cost that random sequences leave it out. */
        ELABORATE
    }

    /** Breaks a cluster. */
    @FunctionalInterface
    public interface Infliction {
        /**
         * Breaks it.
         *
         * @throws SkippedException if that can't be done here without harm; nothing is broken then
         */
        Wound inflict(Site site, Roles roles) throws IOException, InterruptedException;
    }

    /** Whether it has a trait. */
    public boolean is(Trait trait) {
        return traits.contains(trait);
    }
}
