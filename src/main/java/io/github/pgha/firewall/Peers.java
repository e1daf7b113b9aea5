package io.github.pgha.firewall;

/** A named group of addresses that a rule lets in. */
enum Peers {
    /** {@link Access#sshNetworks()}. */
    SSH_NETWORKS,
    /** {@link Access#clientNetworks()}. */
    CLIENT_NETWORKS,
    /** {@link Topology#etcd()}. */
    ETCD,
    /** {@link Topology#postgres()}. */
    POSTGRES,
    /** {@link Topology#balancers()}. */
    BALANCERS;

    /** Name of its set in nftables. */
    String set() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
