package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Pools.Pool;
import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.vm.VmConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** /pools: which machines and storages belong together, for rights on all of them. */
final class PoolApi {
    private static final Need AUDIT = new Need("/pool/{poolid}", "Pool.Audit");
    private static final Need ALLOCATE = new Need("/pool/{poolid}", "Pool.Allocate");

    private final Cluster cluster;
    private final Pools pools;

    PoolApi(Cluster cluster) {
        this.cluster = cluster;
        this.pools = cluster.common().pools();
    }

    void register(Router router) {
        Schema name = Schema.of().required(Type.TEXT, "poolid");
        router.on("GET", "/pools", Schema.of().optional(Type.TEXT, "poolid", "type"), call ->
                call.text("poolid").isPresent() ? List.of(read(call, call.required("poolid"))) : list(call));
        router.on("GET", "/pools/{poolid}", Schema.of().optional(Type.TEXT, "type"), call -> {
            Map<String, Object> pool = read(call, call.path("poolid"));
            pool.remove("poolid");
            return pool;
        }, AUDIT);
        router.on("POST", "/pools", Schema.of().required(Type.TEXT, "poolid").optional(Type.TEXT, "comment"),
                this::create, ALLOCATE);
        Schema change = Schema.of().optional(Type.TEXT, "comment", "vms", "storage")
                .optional(Type.BOOLEAN, "allow-move", "delete");
        router.on("PUT", "/pools/{poolid}", change, call -> update(call, call.path("poolid")), ALLOCATE);
        router.on("PUT", "/pools", Schema.of().required(Type.TEXT, "poolid").optional(Type.TEXT, "comment", "vms", "storage")
                .optional(Type.BOOLEAN, "allow-move", "delete"), call -> update(call, call.required("poolid")), ALLOCATE);
        router.on("DELETE", "/pools/{poolid}", Schema.NONE, call -> delete(call.path("poolid")), ALLOCATE);
        router.on("DELETE", "/pools", name, call -> delete(call.required("poolid")), ALLOCATE);
    }

    private Object list(Call call) {
        return call.caller().pools().entrySet().stream()
                .filter(pool -> call.caller().has("/pool/" + pool.getKey(), "Pool.Audit"))
                .map(pool -> Answers.of("poolid", pool.getKey(), "comment", pool.getValue().comment())).toList();
    }

    /** One pool with its members. Who asks by the parameter needs no privilege: so it is in Proxmox VE, too. */
    private Map<String, Object> read(Call call, String name) throws IOException {
        Pool pool = existing(call.caller().pools(), name);
        String type = call.text("type").orElse("");
        List<Map<String, Object>> members = new ArrayList<>();
        if (type.isEmpty() || type.equals("qemu")) {
            for (int vmid : pool.vms()) {
                Optional<VmConfig> config = cluster.common().vms().find(vmid);
                if (config.isPresent()) {
                    members.add(cluster.resource(config.get()));
                }
            }
        }
        if (type.isEmpty() || type.equals("storage")) {
            pool.storage().forEach(storage -> members.add(Answers.of(
                    "id", "storage/" + cluster.nodes().get(0).name() + "/" + storage,
                    "type", "storage", "storage", storage, "node", cluster.nodes().get(0).name())));
        }
        return Answers.of("poolid", name, "comment", pool.comment(), "members", members);
    }

    private Object create(Call call) throws IOException {
        String name = call.required("poolid");
        pools.change(all -> {
            if (all.containsKey(name)) {
                throw ApiException.failed("create pool failed: pool '" + name + "' already exists");
            }
            if (!name.matches("[A-Za-z][A-Za-z0-9.\\-_]*")) {
                throw ApiException.failed("create pool failed: pool name must start with a letter");
            }
            all.put(name, new Pool(call.text("comment").orElse(null), List.of(), List.of()));
        });
        return null;
    }

    private Object update(Call call, String name) throws IOException {
        boolean delete = call.flag("delete");
        pools.change(all -> {
            existing(all, name);
            call.text("comment").ifPresent(comment -> all.put(name, all.get(name).withComment(comment)));
            for (String word : call.list("vms")) {
                int vmid = Schema.vmid(word);
                call.demand("/vms/" + vmid, "Permissions.Modify", "VM.Allocate");
                if (delete) {
                    member(all.get(name).vms().contains(vmid), "VM " + vmid + " is not a pool member");
                    all.put(name, all.get(name).withoutVm(vmid));
                } else {
                    addVm(call, all, name, vmid);
                }
            }
            for (String storage : call.list("storage")) {
                call.demand("/storage/" + storage, "Permissions.Modify", "Datastore.Allocate");
                boolean in = all.get(name).storage().contains(storage);
                member(in == delete, "Storage '" + storage + "' is " + (delete ? "not" : "already") + " a pool member");
                all.put(name, delete ? all.get(name).withoutStorage(storage) : all.get(name).withStorage(storage));
            }
        });
        return null;
    }

    private static void addVm(Call call, Map<String, Pool> pools, String name, int vmid) {
        member(!pools.get(name).vms().contains(vmid), "VM " + vmid + " is already a pool member");
        Pools.of(pools, vmid).ifPresent(other -> {
            member(call.flag("allow-move"), "VM " + vmid + " belongs already to pool '" + other
                    + "' and 'allow-move' is not set");
            call.demand("/pool/" + other, "Pool.Allocate");
            pools.put(other, pools.get(other).withoutVm(vmid));
        });
        pools.put(name, pools.get(name).withVm(vmid));
    }

    private Object delete(String name) throws IOException {
        List<Integer> ids = cluster.common().vms().all().stream().map(VmConfig::id).toList();
        pools.change(all -> {
            Pool pool = existing(all, name);
            pool.vms().stream().filter(ids::contains).findFirst().ifPresent(vmid -> member(false,
                    "pool '" + name + "' is not empty (contains VM " + vmid + ")"));
            pool.storage().stream().findFirst().ifPresent(storage -> member(false,
                    "pool '" + name + "' is not empty (contains storage '" + storage + "')"));
            all.remove(name);
        });
        cluster.common().tokens().forget("/pool/" + name);
        return null;
    }

    private static Pool existing(Map<String, Pool> pools, String name) {
        member(pools.containsKey(name), "pool '" + name + "' does not exist");
        return pools.get(name);
    }

    private static void member(boolean holds, String otherwise) {
        if (!holds) {
            throw ApiException.failed(otherwise);
        }
    }
}
