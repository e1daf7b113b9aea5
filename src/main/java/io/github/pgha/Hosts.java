package io.github.pgha;

import io.github.pgha.host.HostSpec;
import java.util.List;

/** What a cluster is built on: virtual machines that are made for it, or hosts that exist already. */
public sealed interface Hosts permits VirtualHosts, ExistingHosts {
    /** Hosts of etcd. */
    List<? extends HostSpec> etcd();

    /** Hosts of PostgreSQL. */
    List<? extends HostSpec> postgres();
}
