package io.github.pgha.fencing;

/**
 * A PostgreSQL machine that may be powered off while it leads.
 *
 * @param name    its name, in Patroni and in Proxmox
 * @param address its IPv4 address
 * @param node    the Proxmox node that it was made on; after a migration the service finds it by its id
 * @param vmId    number of the VM in Proxmox
 */
public record FencedMember(String name, String address, String node, int vmId) {}
