package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.task.TaskLog;
import io.github.pgha.sandbox.vm.CloudInitSeed;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** /nodes/N/qemu: listing, creation and removal of VMs. */
final class QemuApi {
    private final Cluster cluster;
    private final Node node;
    private final QemuView view;
    private final Drives drives;

    QemuApi(Cluster cluster, Node node, QemuView view, Drives drives) {
        this.cluster = cluster;
        this.node = node;
        this.view = view;
        this.drives = drives;
    }

    void register(Router router) {
        router.on("GET", "/nodes/{node}/qemu", Schema.of().optional(Type.BOOLEAN, "full"), this::list);
        router.on("POST", "/nodes/{node}/qemu", QemuSchema.keys().required(Type.INTEGER, "vmid")
                .optional(Type.TEXT, "storage", "pool").optional(Type.BOOLEAN, "start", "unique", "force"),
                this::create);
        router.on("DELETE", "/nodes/{node}/qemu/{vmid}", Schema.of()
                .optional(Type.BOOLEAN, "purge", "destroy-unreferenced-disks", "skiplock"), this::delete,
                new Need("/vms/{vmid}", "VM.Allocate"));
    }

    private Object list(Call call) throws IOException {
        node.check(call);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VmConfig config : node.vms().all()) {
            if (call.caller().has("/vms/" + config.id(), "VM.Audit")) {
                rows.add(view.row(config));
            }
        }
        return rows;
    }

    private Object create(Call call) throws Exception {
        node.check(call);
        int vmid = Schema.vmid(call.required("vmid"));
        String pool = call.text("pool").orElse(null);
        cluster.demandQuorum();
        demandCreation(call, vmid, pool);
        Map<String, String> given = new TreeMap<>(call.parameters());
        List.of("vmid", "storage", "pool", "start", "unique", "force").forEach(given::remove);
        given.forEach((key, value) -> QemuSchema.demand(call, vmid, pool, key, value));
        Map<String, String> values = new TreeMap<>();
        given.forEach((key, value) -> values.put(key, QemuSchema.normal(key, value)));
        drives.check(call, vmid, values);
        Optional<String> holder = cluster.holder(vmid);
        if (holder.isPresent()) {
            throw ApiException.failed("unable to create VM " + vmid + " - " + holder.get());
        }
        return node.tasks().start("qmcreate", String.valueOf(vmid), vmid, call.caller().user(), log -> {
            Optional<String> faster = cluster.holder(vmid);
            if (faster.isPresent()) {
                throw new IOException("unable to create VM " + vmid + " - " + faster.get());
            }
            Map<String, String> complete = drives.complete(vmid, values, Map.of(), log);
            values.putAll(complete);
            values.putIfAbsent("smbios1", "uuid=" + UUID.randomUUID());
            values.putIfAbsent("vmgenid", UUID.randomUUID().toString());
            values.put("meta", "creation-qemu=" + CloudInitSeed.QEMU + ",ctime=" + System.currentTimeMillis() / 1000);
            if (values.containsKey("tags")) {
                demandTags(call, vmid, log);
            }
            node.vms().save(new VmConfig(vmid, values));
            if (pool != null) {
                node.pools().join(pool, vmid);
            }
            if (call.flag("start")) {
                new Power(node).start(vmid, log);
            }
        });
    }

    private void demandCreation(Call call, int vmid, String pool) {
        if (pool != null && !call.caller().pools().containsKey(pool)) {
            throw ApiException.forbidden("pool '" + pool + "' does not exist");
        }
        call.text("storage").ifPresent(storage -> call.demand("/storage/" + storage, "Datastore.AllocateSpace"));
        if (call.flag("start")) {
            QemuSchema.demandAny(call, vmid, pool, "VM.PowerMgmt");
        }
        if (!call.caller().has("/vms/" + vmid, "VM.Allocate")
                && (pool == null || !call.caller().has("/pool/" + pool, "VM.Allocate"))) {
            throw ApiException.forbidden("");
        }
    }

    /** Proxmox finds out about tags when the disks are there already: then it takes them away again. */
    private void demandTags(Call call, int vmid, TaskLog log) throws IOException {
        try {
            QemuSchema.demandTags(call, vmid);
        } catch (ApiException e) {
            drives.deleteAll(vmid, log);
            throw new IOException("unable to create VM " + vmid + " - " + e.getMessage(), e);
        }
    }

    private Object delete(Call call) throws IOException {
        node.check(call);
        QemuStatusApi.rootOnly(call, "skiplock");
        int vmid = call.vmid();
        VmConfig config = node.vm(vmid);
        if (config.flag("protection")) {
            throw ApiException.failed("can't remove VM " + vmid + " - protection mode enabled");
        }
        if (node.hypervisor().running(vmid)) {
            throw ApiException.failed("VM " + vmid + " is running - destroy failed");
        }
        boolean ha = node.settings().ha().contains(vmid);
        if (ha && !call.flag("purge")) {
            throw ApiException.failed("unable to remove VM " + vmid
                    + " - used in HA resources and purge parameter not set.");
        }
        return node.tasks().start("qmdestroy", String.valueOf(vmid), vmid, call.caller().user(), log -> {
            if (node.hypervisor().running(vmid)) {
                throw new IOException("VM " + vmid + " is running - destroy failed");
            }
            Power.checkLock(node.vm(vmid));
            drives.deleteAll(vmid, log);
            node.settings().dropHa(vmid);
            node.hypervisor().forget(vmid);
            node.tokens().forget("/vms/" + vmid);
            node.pools().forget(vmid);
            node.vms().delete(vmid);
        });
    }
}
