package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Action;
import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.task.TaskLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** /nodes/N/qemu/ID/status: power. */
final class QemuStatusApi {
    private static final int SHUTDOWN_SECONDS = 60;

    private final Cluster cluster;
    private final Node node;
    private final QemuView view;
    private final Power power;

    QemuStatusApi(Cluster cluster, Node node, QemuView view, Power power) {
        this.cluster = cluster;
        this.node = node;
        this.view = view;
        this.power = power;
    }

    void register(Router router) {
        String status = "/nodes/{node}/qemu/{vmid}/status";
        router.on("GET", status, Schema.NONE, call -> {
            node.check(call);
            node.vm(call.vmid());
            return List.of("current", "start", "stop", "reset", "shutdown", "suspend", "reboot").stream()
                    .map(name -> Answers.of("subdir", name)).toList();
        });
        router.on("GET", status + "/current", Schema.NONE, this::current, new Need("/vms/{vmid}", "VM.Audit"));
        on(router, status + "/start", Schema.of().optional(Type.INTEGER, "timeout")
                .optional(Type.BOOLEAN, "skiplock"), call -> {
                    cluster.demandQuorum();
                    return change(call, "qmstart", "start", power::start);
                });
        on(router, status + "/stop", Schema.of().optional(Type.INTEGER, "timeout")
                .optional(Type.BOOLEAN, "skiplock", "keepActive", "overrule-shutdown"),
                this::stop);
        on(router, status + "/shutdown", Schema.of().optional(Type.INTEGER, "timeout")
                .optional(Type.BOOLEAN, "forceStop", "keepActive", "skiplock"),
                call -> change(call, "qmshutdown", "stop", (vmid, log) -> shutdown(call, vmid, log)));
        on(router, status + "/reboot", Schema.of().optional(Type.INTEGER, "timeout"),
                call -> {
                    running(call);
                    return task(call, "qmreboot", (vmid, log) -> {
                        shutdown(call, vmid, log);
                        power.start(vmid, log);
                    });
                });
        on(router, status + "/reset", Schema.of().optional(Type.BOOLEAN, "skiplock"), call -> {
            running(call);
            return task(call, "qmreset", power::reset);
        });
    }

    @FunctionalInterface
    private interface PowerWork {
        void run(int vmid, TaskLog log) throws Exception;
    }

    private static void on(Router router, String path, Schema schema, Action action) {
        router.on("POST", path, schema, call -> {
            for (String name : List.of("skiplock", "keepActive")) {
                rootOnly(call, name);
            }
            return action.run(call);
        }, new Need("/vms/{vmid}", "VM.PowerMgmt"));
    }

    /** Refuses a switch that is root's. */
    static void rootOnly(Call call, String name) {
        if (call.flag(name)) {
            throw ApiException.badParameter(name, "Only root may use this option.");
        }
    }

    private Object current(Call call) throws IOException, InterruptedException {
        node.check(call);
        int vmid = call.vmid();
        Map<String, Object> status = view.status(node.vm(vmid));
        // QEMU is asked, and doesn't answer. That it runs is known without it.
        Delays.ends(node.delays().hungStatus(), () -> node.hypervisor().hung(vmid));
        return status;
    }

    private Object stop(Call call) throws IOException {
        boolean overrule = call.flag("overrule-shutdown");
        if (overrule && node.settings().ha().contains(call.vmid())) {
            throw ApiException.badParameter("overrule-shutdown", "Not applicable for HA resources.");
        }
        return change(call, "qmstop", "stop", power::stop, overrule);
    }

    /** Aborts the shutdowns of a VM that the caller has begun, or any if it may change the node. */
    private List<String> overrule(Call call) {
        String caller = call.caller().user();
        boolean any = call.caller().has("/nodes/" + node.name(), "Sys.Modify");
        return node.tasks().abort(task -> task.type.equals("qmshutdown") && task.id.equals(String.valueOf(call.vmid()))
                && (any || task.user.equals(caller)));
    }

    private String change(Call call, String type, String wish, PowerWork work) throws IOException {
        return change(call, type, wish, work, false);
    }

    /** Does it, or of an HA resource's new state notes the wish: its node does it later, by itself. */
    private String change(Call call, String type, String wish, PowerWork work, boolean overrule) throws IOException {
        int vmid = call.vmid();
        if (node.settings().ha().contains(vmid)) {
            return task(call, "ha" + wish, (id, log) -> {
                log.line("Requesting HA " + wish + " for VM " + id);
                node.tasks().after(node.delays().ha(), () -> node.tasks().start(type, String.valueOf(id), id, "root@pam",
                        later -> work.run(id, later)));
            });
        }
        List<String> overruled = overrule ? overrule(call) : List.of();
        return task(call, type, (id, log) -> {
            if (!overruled.isEmpty()) {
                log.line("overruled qmshutdown tasks: " + String.join(", ", overruled));
            }
            work.run(id, log);
        });
    }

    private String task(Call call, String type, PowerWork work) throws IOException {
        node.check(call);
        int vmid = call.vmid();
        node.vm(vmid);
        return node.tasks().start(type, String.valueOf(vmid), vmid, call.caller().user(), log -> work.run(vmid, log));
    }

    private void shutdown(Call call, int vmid, TaskLog log) throws IOException, InterruptedException {
        power.shutdown(vmid, Duration.ofSeconds(call.number("timeout", SHUTDOWN_SECONDS)), call.flag("forceStop"), log);
    }

    private void running(Call call) throws IOException {
        node.check(call);
        node.vm(call.vmid());
        if (!node.hypervisor().running(call.vmid())) {
            throw ApiException.failed("VM " + call.vmid() + " not running");
        }
    }
}
