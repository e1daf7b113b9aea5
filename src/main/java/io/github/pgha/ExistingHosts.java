package io.github.pgha;

import io.github.pgha.host.ExistingHost;
import java.util.List;
import java.util.Objects;

/**
 * Hosts that exist already: VirtualBox's, bare metal, those of another cloud. Nothing of Proxmox VE is needed.
 *
 * @param etcd      hosts of etcd; an odd number, at least three
 * @param postgres  hosts of PostgreSQL; at least one
 * @param onDestroy what becomes of what the cluster has put on them
 */
public record ExistingHosts(List<ExistingHost> etcd, List<ExistingHost> postgres, OnDestroy onDestroy)
        implements Hosts {
    /** Copies the lists. */
    public ExistingHosts {
        etcd = List.copyOf(etcd);
        postgres = List.copyOf(postgres);
        Objects.requireNonNull(onDestroy, "onDestroy");
    }

    /** Hosts that are kept as they are. */
    public ExistingHosts(List<ExistingHost> etcd, List<ExistingHost> postgres) {
        this(etcd, postgres, OnDestroy.KEEP);
    }
}
