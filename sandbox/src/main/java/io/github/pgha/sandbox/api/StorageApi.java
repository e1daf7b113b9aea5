package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.storage.Volume;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** /storage and /nodes/N/storage: the storage and what lies in it. */
final class StorageApi {
    private static final Need SEE = new Need("/storage/{storage}", "Datastore.Audit", "Datastore.AllocateSpace");

    private final Node node;
    private final Downloads downloads;

    StorageApi(Node node, Downloads downloads) {
        this.node = node;
        this.downloads = downloads;
    }

    /** The definitions, which are the same on all nodes. */
    static void register(Cluster cluster, Router router) {
        router.on("GET", "/storage", Schema.of().optional(Type.TEXT, "type"), call -> cluster.storages().stream()
                .filter(storage -> sees(call, storage)).map(StorageApi::definition).toList());
        router.on("GET", "/storage/{storage}", Schema.NONE,
                call -> definition(cluster.nodes().get(0).storage(call.path("storage"))),
                new Need("/storage/{storage}", "Datastore.Allocate"));
    }

    void register(Router router) {
        router.on("GET", "/nodes/{node}/storage", Schema.of().optional(Type.TEXT, "storage", "content", "target")
                .optional(Type.BOOLEAN, "enabled", "format"), this::list);
        router.on("GET", "/nodes/{node}/storage/{storage}/status", Schema.NONE, call -> status(storage(call)), SEE);
        router.on("GET", "/nodes/{node}/storage/{storage}/content", Schema.of().optional(Type.TEXT, "content")
                .optional(Type.INTEGER, "vmid"), this::content, SEE);
        router.on("GET", "/nodes/{node}/storage/{storage}/content/{volume*}", Schema.NONE, this::volume);
        router.on("DELETE", "/nodes/{node}/storage/{storage}/content/{volume*}",
                Schema.of().optional(Type.INTEGER, "delay"), this::delete);
        router.on("GET", "/nodes/{node}/query-url-metadata", Schema.of().required(Type.TEXT, "url")
                .optional(Type.BOOLEAN, "verify-certificates"), call -> {
                    node.check(call);
                    demandNetwork(call);
                    return downloads.metadata(call.required("url"));
                });
        router.on("POST", "/nodes/{node}/storage/{storage}/download-url", Schema.of()
                .required(Type.TEXT, "content").required(Type.TEXT, "filename").required(Type.TEXT, "url")
                .optional(Type.TEXT, "checksum", "checksum-algorithm", "compression", "node", "storage")
                .optional(Type.BOOLEAN, "verify-certificates"), this::download,
                new Need("/storage/{storage}", "Datastore.AllocateTemplate"));
    }

    private static Map<String, Object> definition(Storage storage) {
        return Answers.of("storage", storage.name(), "type", "dir", "path", storage.shown().toString(),
                "content", String.join(",", storage.content()), "shared", storage.shared() ? 1 : 0, "digest", "0");
    }

    private static Map<String, Object> status(Storage storage) throws IOException {
        storage.activate();
        FileStore disk = Files.getFileStore(storage.path());
        long total = disk.getTotalSpace();
        long available = disk.getUsableSpace();
        return Answers.of("type", "dir", "content", String.join(",", storage.content()), "active", 1,
                "enabled", 1, "shared", storage.shared() ? 1 : 0, "total", total, "avail", available,
                "used", total - available, "used_fraction", (double) (total - available) / total);
    }

    private Object list(Call call) throws IOException {
        node.check(call);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Storage storage : node.storages()) {
            boolean wanted = call.text("storage").map(storage.name()::equals).orElse(true)
                    && storage.content().containsAll(call.list("content"));
            if (wanted && sees(call, storage)) {
                Map<String, Object> row = new LinkedHashMap<>(Answers.of("storage", storage.name()));
                row.putAll(status(storage));
                rows.add(row);
            }
        }
        return rows;
    }

    private Object content(Call call) throws IOException {
        Storage storage = storage(call);
        storage.activate();
        return storage.list(call.text("content").orElse(null)).stream()
                .filter(v -> accessible(call, storage.name(), v, null))
                .filter(v -> call.text("vmid").map(id -> id.equals(String.valueOf(v.vmid()))).orElse(true))
                .map(v -> Answers.of("volid", v.id(), "content", v.content(), "format", v.format(), "size", v.size(),
                        "used", v.content().equals("images") ? v.used() : null, "ctime", v.ctime(), "vmid", v.vmid()))
                .toList();
    }

    private Object volume(Call call) throws IOException {
        Volume volume = find(call);
        demandAccess(call, call.path("storage"), volume, null);
        return Answers.of("path", volume.path().toString(), "format", volume.format(), "size", volume.size(),
                "used", volume.used());
    }

    private Object delete(Call call) throws IOException {
        Storage storage = storage(call);
        String id = storage.name() + ":" + storage.local(call.path("volume"));
        Optional<Volume> found = look(storage, id);
        // Whether the volume is there is seen when it is to go, not before.
        Integer owner = found.map(Volume::vmid).orElse(null);
        if (id.matches("[^:]+:backup/.*") && owner != null) {
            call.demand("/storage/" + storage.name(), "Datastore.AllocateSpace");
            call.demand("/vms/" + owner, "VM.Backup");
        } else {
            call.demand("/storage/" + storage.name(), "Datastore.Allocate");
        }
        return node.tasks().start("imgdel", (owner == null ? "" : owner + "@") + storage.name(), null, call.caller().user(),
                log -> {
                    storage.activate();
                    if (!storage.delete(id)) {
                        log.line("disk image '" + storage.whereabouts(id) + "' does not exist");
                    }
                    log.line("Removed volume '" + id + "'");
                });
    }

    /**
     * Demands what it takes to see or use a volume: the right to change the storage, or else what its kind needs. Snippets
     * are for those only who may change the storage.
     *
     * @param forVm the VM that is to get it, or null
     */
    static void demandAccess(Call call, String storage, Volume volume, Integer forVm) {
        String path = "/storage/" + storage;
        if (call.caller().has(path, "Datastore.Allocate")) {
            return;
        }
        switch (volume.content()) {
            case "iso", "vztmpl", "import" -> call.demand(path, "Datastore.AllocateSpace", "Datastore.Audit");
            case "images", "rootdir" -> {
                if (forVm == null || !forVm.equals(volume.vmid())) {
                    call.demand(path, "Datastore.Audit");
                    call.demand("/vms/" + volume.vmid(), "VM.Config.Disk");
                }
            }
            default -> throw ApiException.failed("missing privileges to access " + volume.id());
        }
    }

    private static boolean accessible(Call call, String storage, Volume volume, Integer forVm) {
        try {
            demandAccess(call, storage, volume, forVm);
            return true;
        } catch (ApiException e) {
            return false;
        }
    }

    private Object download(Call call) throws IOException {
        Storage storage = storage(call);
        demandNetwork(call);
        String content = call.required("content");
        if (!List.of("iso", "vztmpl", "import").contains(content)) {
            throw ApiException.badParameter("content",
                    "value '" + content + "' does not have a value in the enumeration 'iso, vztmpl, import'");
        }
        Path target = file(storage, content, call.required("filename"));
        storage.activate();
        return node.tasks().start("download", target.getFileName().toString(), null, call.caller().user(),
                log -> downloads.fetch(call, target, storage, log));
    }

    /** Sys.AccessNetwork on the node, or both Sys.Audit and Sys.Modify on everything. */
    private void demandNetwork(Call call) {
        if (!(call.caller().has("/", "Sys.Audit") && call.caller().has("/", "Sys.Modify"))) {
            call.demand("/nodes/" + node.name(), "Sys.AccessNetwork");
        }
    }

    private static Path file(Storage storage, String content, String filename) {
        try {
            return storage.file(content, filename);
        } catch (IllegalArgumentException e) {
            throw ApiException.badParameter("filename", e.getMessage());
        }
    }

    private Volume find(Call call) throws IOException {
        Storage storage = storage(call);
        String id = call.path("volume");
        return look(storage, id).orElseThrow(() -> ApiException.failed("volume '" + id + "' does not exist"));
    }

    private static Optional<Volume> look(Storage storage, String id) throws IOException {
        try {
            return storage.find(id);
        } catch (IllegalArgumentException e) {
            throw ApiException.failed(e.getMessage());
        }
    }

    private Storage storage(Call call) {
        node.check(call);
        return node.storage(call.path("storage"));
    }

    private static boolean sees(Call call, Storage storage) {
        return call.caller().hasAny("/storage/" + storage.name(), List.of("Datastore.Audit", "Datastore.AllocateSpace"));
    }
}
