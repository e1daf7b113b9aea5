package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.task.Tasks;
import io.github.pgha.sandbox.vm.Hypervisor;
import io.github.pgha.sandbox.vm.VmConfig;
import io.github.pgha.sandbox.vm.VmStore;
import java.io.IOException;

/**
 * The one Proxmox node that the sandbox plays, and what it has.
 *
 * @param name its name in the API
 * @param address its IP address
 * @param fingerprint that of its API's certificate, as Proxmox writes it
 * @param bridge the one bridge that VMs can be connected to
 */
public record Node(String name, String address, String fingerprint, String bridge, Storage storage, VmStore vms,
                   Hypervisor hypervisor, Tasks tasks, Tokens tokens, Pools pools, Settings settings,
                   Delays delays) {

    /** The VM, or Proxmox's error. */
    public VmConfig vm(int vmid) throws IOException {
        return vms.find(vmid).orElseThrow(() -> ApiException.failed(
                "Configuration file 'nodes/" + name + "/qemu-server/" + vmid + ".conf' does not exist"));
    }

    /** Checks that a storage of this name exists. */
    public Storage storage(String wanted) {
        if (!wanted.equals(storage.name())) {
            throw ApiException.failed("storage '" + wanted + "' does not exist");
        }
        return storage;
    }

    /** Checks that a call's {node} is this one. */
    public void check(Call call) {
        String wanted = call.path("node");
        if (!wanted.equals(name) && !wanted.equals("localhost")) {
            throw ApiException.failed("hostname lookup '" + wanted + "' failed - failed to get address info for: "
                    + wanted + ": Name or service not known");
        }
    }
}
