package io.github.pgha.drills.fault;

import java.io.IOException;

/** What a fault left behind: how to heal it. Can be healed more than once, at any time. */
@FunctionalInterface
public interface Wound {
    /** Undoes the fault; returns when it is undone, not when the cluster has recovered. */
    void heal() throws IOException, InterruptedException;
}
