package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.task.Tasks;
import io.github.pgha.sandbox.vm.Hypervisor;
import io.github.pgha.sandbox.vm.VmConfig;
import io.github.pgha.sandbox.vm.VmStore;
import java.io.IOException;
import java.util.List;

/**
 * A Proxmox node that the sandbox plays, and what it has.
 *
 * @param name its name in the API
 * @param address its IP address
 * @param fingerprint that of its API's certificate, as Proxmox writes it
 * @param bridge the one bridge that VMs can be connected to
 * @param storages all that it can use
 * @param vms those that are on it
 * @param cluster what all nodes have together
 */
public record Node(String name, String address, String fingerprint, String bridge, List<Storage> storages, VmStore vms,
                   Hypervisor hypervisor, Tasks tasks, Cluster.Common cluster) {

    public Node {
        storages = List.copyOf(storages);
    }

    Tokens tokens() {
        return cluster.tokens();
    }

    Pools pools() {
        return cluster.pools();
    }

    Settings settings() {
        return cluster.settings();
    }

    Delays delays() {
        return cluster.delays();
    }

    /** The VM, or Proxmox's error. */
    public VmConfig vm(int vmid) throws IOException {
        return vms.find(vmid).orElseThrow(() -> ApiException.failed(
                "Configuration file 'nodes/" + name + "/qemu-server/" + vmid + ".conf' does not exist"));
    }

    /** The storage of this name, or Proxmox's error. */
    public Storage storage(String wanted) {
        return storages.stream().filter(storage -> storage.name().equals(wanted)).findFirst()
                .orElseThrow(() -> ApiException.failed("storage '" + wanted + "' does not exist"));
    }

    /** The storage that a volume's id names, or Proxmox's error. */
    public Storage storageOf(String volume) {
        return storage(volume.substring(0, Math.max(0, volume.indexOf(':'))));
    }

    /** Checks that a call's {node} is this one; the cluster has chosen it by that name. */
    public void check(Call call) {
        String wanted = call.path("node");
        if (!wanted.equals(name) && !wanted.equals("localhost")) {
            throw Cluster.unknownNode(wanted);
        }
    }
}
