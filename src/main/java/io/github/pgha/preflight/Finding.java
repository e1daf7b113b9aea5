package io.github.pgha.preflight;

import java.util.List;

/**
 * What one check found.
 *
 * @param level    whether an {@code up} can succeed with it
 * @param check    what was looked at, in a word or two
 * @param text     what was found, in one sentence without a full stop; no secret is in it
 * @param remedies what mends it, in the order in which it is to be done; empty where nothing needs to be mended or no command
 *                 can
 */
public record Finding(Level level, String check, String text, List<Remedy> remedies) {
    /** How much it matters. */
    public enum Level {
        /** As it should be. */
        OK,
        /** An {@code up} can succeed with it; something may be wanted otherwise, or wasn't looked at. */
        NOTE,
        /** An {@code up} can't succeed with it. */
        FAILS
    }

    /** Where commands are to be run. */
    public enum Place {
        /** Where the program runs, in the shell that runs it. */
        HERE,
        /** In a shell of root on a Proxmox node. */
        ROOT_ON_NODE
    }

    /**
     * Commands for one place, to be pasted into an interactive shell.
     *
     * @param place    where
     * @param node     the node; empty where any of the Proxmox cluster will do, or it isn't for a node
     * @param commands one command a line
     */
    public record Remedy(Place place, String node, List<String> commands) {
        /** Copies the list. */
        public Remedy {
            commands = List.copyOf(commands);
        }

        static Remedy here(String... commands) {
            return new Remedy(Place.HERE, "", List.of(commands));
        }

        static Remedy asRoot(List<String> commands) {
            return new Remedy(Place.ROOT_ON_NODE, "", commands);
        }

        static Remedy asRootOn(String node, List<String> commands) {
            return new Remedy(Place.ROOT_ON_NODE, node, commands);
        }

        static Remedy asRootOn(String node, String... commands) {
            return asRootOn(node, List.of(commands));
        }
    }

    /** Copies the list. */
    public Finding {
        remedies = List.copyOf(remedies);
    }

    static Finding ok(String check, String text) {
        return new Finding(Level.OK, check, text, List.of());
    }

    static Finding note(String check, String text, Remedy... remedies) {
        return new Finding(Level.NOTE, check, text, List.of(remedies));
    }

    static Finding fails(String check, String text, Remedy... remedies) {
        return new Finding(Level.FAILS, check, text, List.of(remedies));
    }
}
