package io.github.pgha.readiness;

import java.util.Optional;

/**
 * A host of a cluster that runs.
 *
 * @param name     its name
 * @param address  IPv4 address without prefix
 * @param port     port of its SSH server
 * @param user     who logs in
 * @param hostKey  the public key that it must show
 * @param jump     what it is reached through
 * @param etcd     whether it is one of etcd's; otherwise it is one of PostgreSQL's
 * @param fate     what this {@code up} does to its machine
 */
public record RunningHost(String name, String address, int port, String user, String hostKey, Optional<Jump> jump,
        boolean etcd, Fate fate) {
    /** What becomes of a machine. */
    public enum Fate {
        /** Nothing. */
        STAYS,
        /** It is removed, recreated or restarted. */
        CHANGES,
        /** The hypervisor doesn't have it any more: the {@code up} makes it again once {@code refresh} has noticed. */
        LOST
    }

    /** A host through whose SSH server others are reached. */
    public record Jump(String address, int port, String user, String hostKey) {}

    boolean stays() {
        return fate == Fate.STAYS;
    }

    @Override
    public String toString() {
        return name;
    }
}
