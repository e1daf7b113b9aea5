package io.github.pgha.host;

/**
 * Counters that make all scripts of a host run again, each when it is raised.
 *
 * @param repair to put back what was changed by hand; from 0
 * @param update to bring the packages of the host's roles to their latest version; from 0
 */
public record Again(int repair, int update) {
    /** Nothing runs again but what changed. */
    public static final Again NEVER = new Again(0, 0);

    /** @throws IllegalArgumentException if a counter is negative */
    public Again {
        if (repair < 0 || update < 0) {
            throw new IllegalArgumentException("repair '" + repair + "' and update '" + update + "' must be at least 0");
        }
    }

    /** What is put before a script: nothing at first, so that a cluster that needed neither has the same scripts. */
    String lines() {
        return (repair == 0 ? "" : "REPAIR=" + repair + "\n") + (update == 0 ? "" : "UPDATE=" + update + "\n");
    }
}
