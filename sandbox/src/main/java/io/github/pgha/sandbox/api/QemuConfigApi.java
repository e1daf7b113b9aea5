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
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * /nodes/N/qemu/ID/config and its neighbours. A change to a running VM waits for its next start, but for cables
 * ("link_down"), which are plugged at once.
 */
final class QemuConfigApi {
    private static final Need AUDIT = new Need("/vms/{vmid}", "VM.Audit");

    private final Node node;
    private final Drives drives;
    private final Boot boot;

    QemuConfigApi(Node node, Drives drives, Boot boot) {
        this.node = node;
        this.drives = drives;
        this.boot = boot;
    }

    void register(Router router) {
        String vm = "/nodes/{node}/qemu/{vmid}";
        router.on("GET", vm + "/config", Schema.of().optional(Type.BOOLEAN, "current")
                .optional(Type.TEXT, "snapshot"), this::read, AUDIT);
        router.on("GET", vm + "/pending", Schema.NONE, this::pending, AUDIT);
        Schema change = QemuSchema.keys().optional(Type.TEXT, "delete", "digest", "revert")
                .optional(Type.BOOLEAN, "skiplock", "force").optional(Type.INTEGER, "background_delay");
        router.on("PUT", vm + "/config", change, call -> {
            Map<String, String> wanted = wanted(call);
            node.tasks().exclusively(call.vmid(), () -> {
                apply(call, wanted, line -> { });
                return null;
            });
            return null;
        });
        router.on("POST", vm + "/config", change, call -> {
            Map<String, String> wanted = wanted(call);
            return node.tasks().start("qmconfig", String.valueOf(call.vmid()), call.vmid(), call.caller().user(),
                    log -> apply(call, wanted, log));
        });
        router.on("PUT", vm + "/resize", Schema.of().required(Type.TEXT, "disk").required(Type.TEXT, "size")
                .optional(Type.TEXT, "digest").optional(Type.BOOLEAN, "skiplock"), this::resize,
                new Need("/vms/{vmid}", "VM.Config.Disk"));
        router.on("GET", vm + "/cloudinit/dump", Schema.of().required(Type.TEXT, "type"), this::dump, AUDIT);
        // The drive is written at each start; there is nothing to do before.
        router.on("PUT", vm + "/cloudinit", Schema.NONE, call -> {
            node.check(call);
            Power.checkLock(node.vm(call.vmid()));
            return null;
        }, new Need("/vms/{vmid}", "VM.Config.Cloudinit"));
    }

    private Object read(Call call) throws IOException {
        node.check(call);
        VmConfig config = node.vm(call.vmid());
        if (call.flag("current") && node.hypervisor().running(config.id())) {
            config = node.vms().poweredOn(config.id()).orElse(config);
        }
        Map<String, Object> answer = QemuSchema.typed(config.values());
        answer.computeIfPresent("cipassword", (key, value) -> "**********");
        answer.put("digest", config.digest());
        return answer;
    }

    /** Every key with its value now and, where it differs, the value that the next start will bring. */
    private Object pending(Call call) throws IOException {
        node.check(call);
        VmConfig config = node.vm(call.vmid());
        VmConfig current = node.hypervisor().running(config.id())
                ? node.vms().poweredOn(config.id()).orElse(config) : config;
        TreeSet<String> keys = new TreeSet<>(config.values().keySet());
        keys.addAll(current.values().keySet());
        Map<String, Object> now = QemuSchema.typed(current.values());
        Map<String, Object> next = QemuSchema.typed(config.values());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String key : keys) {
            boolean same = Objects.equals(now.get(key), next.get(key));
            rows.add(Answers.of("key", key, "value", now.get(key), "pending", same ? null : next.get(key),
                    "delete", next.containsKey(key) ? null : 1));
        }
        return rows;
    }

    /** Checks a change; the result is the keys to set, and those to delete with null. */
    private Map<String, String> wanted(Call call) throws IOException {
        node.check(call);
        QemuStatusApi.rootOnly(call, "skiplock");
        int vmid = call.vmid();
        VmConfig config = node.vm(vmid);
        call.text("digest").ifPresent(digest -> {
            if (!digest.equals(config.digest())) {
                throw ApiException.failed("detected modified configuration - file changed by other user? Try again.");
            }
        });
        Map<String, String> given = new TreeMap<>(call.parameters());
        List.of("delete", "digest", "revert", "skiplock", "force", "background_delay").forEach(given::remove);
        given.replaceAll(QemuSchema::normal);
        if (given.isEmpty() && call.text("delete").isEmpty() && call.text("revert").isEmpty()) {
            throw ApiException.failed("no options specified");
        }
        List<String> deleted = QemuSchema.checkDelete(call.list("delete"));
        deleted.forEach(key -> QemuSchema.demand(call, vmid, null, key, config.get(key).orElse("")));
        given.forEach((key, value) -> QemuSchema.demand(call, vmid, null, key, value));
        drives.check(call, vmid, given);
        for (String key : deleted) {
            demandValue(call, vmid, key, config.get(key));
        }
        given.forEach((key, value) -> {
            demandValue(call, vmid, key, config.get(key));
            demandValue(call, vmid, key, Optional.of(value));
        });
        deleted.forEach(key -> given.put(key, null));
        return given;
    }

    /** What hangs on the value that goes or comes. */
    private void demandValue(Call call, int vmid, String key, Optional<String> value) {
        if (key.equals("tags")) {
            QemuSchema.demandTags(call, vmid);
        } else if (value.isPresent() && VmConfig.isDrive(key)) {
            QemuSchema.demandDrive(call, vmid, value.get());
        } else if (value.isPresent() && VmConfig.isNet(key)) {
            drives.demandBridge(call, value.get());
        }
    }

    private void apply(Call call, Map<String, String> wanted, TaskLog log) throws IOException, InterruptedException {
        VmConfig before = node.vm(call.vmid());
        Power.checkLock(before);
        Map<String, String> values = new TreeMap<>(before.values());
        wanted.forEach((key, value) -> {
            if (value == null) {
                values.remove(key);
            } else {
                values.put(key, value);
            }
        });
        VmConfig after = new VmConfig(before.id(), drives.complete(before.id(), values, before.values(), log));
        node.vms().save(after);
        if (node.hypervisor().running(after.id())) {
            replug(before, after);
        }
    }

    private void replug(VmConfig before, VmConfig after) throws IOException, InterruptedException {
        for (VmConfig.Net net : after.nets()) {
            Optional<VmConfig.Net> old = before.nets().stream().filter(n -> n.index() == net.index()).findFirst();
            if (old.isPresent() && old.get().plugged() != net.plugged()) {
                node.hypervisor().plug(after.id(), net.index(), net.plugged());
            }
        }
    }

    private Object resize(Call call) throws IOException {
        node.check(call);
        QemuStatusApi.rootOnly(call, "skiplock");
        String disk = call.required("disk");
        VmConfig config = node.vm(call.vmid());
        if (!config.drives().containsKey(disk) || Boot.isCloudInit(config.drives().get(disk))) {
            throw ApiException.failed("disk '" + disk + "' does not exist");
        }
        Drives.parseSize("size", call.required("size"));
        return node.tasks().start("resize", String.valueOf(config.id()), config.id(), call.caller().user(),
                log -> {
                    Power.checkLock(node.vm(config.id()));
                    node.vms().save(drives.resize(node.vm(config.id()), disk, call.required("size"), log));
                });
    }

    private Object dump(Call call) throws IOException {
        node.check(call);
        CloudInitSeed seed = boot.preview(node.vm(call.vmid()));
        return switch (call.required("type")) {
            case "user" -> seed.userData().replaceAll("(?m)^password: .*$", "password: **********");
            case "network" -> seed.networkConfig();
            case "meta" -> seed.metaData();
            default -> throw ApiException.badParameter("type",
                    "value does not have a value in the enumeration 'user, network, meta'");
        };
    }
}
