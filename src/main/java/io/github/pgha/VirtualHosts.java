package io.github.pgha;

import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VmSpec;
import java.util.List;
import java.util.Objects;

/**
 * Virtual machines on Proxmox VE, made with the cluster and removed with it.
 *
 * @param etcd     machines of etcd; an odd number, at least three
 * @param postgres machines of PostgreSQL; at least one
 * @param site     what is common to all machines
 */
public record VirtualHosts(List<VmSpec> etcd, List<VmSpec> postgres, Site site) implements Hosts {
    /** Copies the lists. */
    public VirtualHosts {
        etcd = List.copyOf(etcd);
        postgres = List.copyOf(postgres);
        Objects.requireNonNull(site, "site");
    }
}
