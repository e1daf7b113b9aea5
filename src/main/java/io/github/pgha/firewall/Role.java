package io.github.pgha.firewall;

/** What a host does in the cluster; a host may have several roles. */
public enum Role {
    /** A member of etcd. */
    ETCD,
    /** A member of the PostgreSQL cluster. */
    POSTGRES,
    /** HAProxy and keepalived. */
    BALANCER
}
