package io.github.pgha.patroni;

/** Whether a commit waits until standbys have it, and what happens when there is none to wait for. */
public enum SynchronousMode {
    /** Commits wait for nobody: a failover may lose the last ones. */
    OFF(false),
    /**
     * Commits wait for one standby that is named in etcd, and only that one may be promoted. Without any standby left the
     * primary goes on alone.
     */
    ON(true),
    /** As {@link #ON}, but without any standby left the primary refuses to commit. */
    STRICT(true),
    /**
     * Commits wait for any one of the standbys, the fastest; a standby is promoted only if it is certain to have every
     * commit. Without any standby left the primary goes on alone.
     */
    QUORUM("quorum");

    private final Object patroniValue;

    SynchronousMode(Object patroniValue) {
        this.patroniValue = patroniValue;
    }

    /** Value of Patroni's {@code synchronous_mode}. */
    Object patroniValue() {
        return patroniValue;
    }
}
