package io.github.pgha.drills.stack;

import java.util.Optional;
import java.util.Set;

/**
 * A host of the cluster, as the stack's output {@code hosts} describes it.
 *
 * @param name     its name, and its member name in etcd or Patroni
 * @param address  where SSH and the services are reached
 * @param user     who may log in and use sudo
 * @param hostKey  the SSH public key that it must show, {@code ssh-ed25519 AAAA...}
 * @param port     where its SSH server listens
 * @param jumpHost what SSH reaches it through; empty if it is reached directly
 * @param node     the Proxmox node that carries its virtual machine; empty for a host that isn't one
 * @param vmId     the virtual machine's id there; 0 for a host that isn't one
 * @param roles    {@code etcd}, {@code postgres}, {@code balancer}
 */
public record Host(String name, String address, String user, String hostKey, int port, Optional<JumpHost> jumpHost,
        String node, int vmId, Set<String> roles) {
    /** Role of a host that runs etcd. */
    public static final String ETCD = "etcd";
    /** Role of a host that runs Patroni and PostgreSQL. */
    public static final String POSTGRES = "postgres";
    /** Role of a host that runs HAProxy and keepalived. */
    public static final String BALANCER = "balancer";

    public Host {
        roles = Set.copyOf(roles);
    }

    @Override
    public String toString() {
        return name;
    }
}
