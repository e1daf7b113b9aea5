package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Router.Action;
import io.github.pgha.sandbox.api.Router.Need;
import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.task.TaskLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** /nodes/N/qemu/ID/status: power. */
final class QemuStatusApi {
    private static final int SHUTDOWN_SECONDS = 60;

    private final Node node;
    private final QemuView view;
    private final Power power;

    QemuStatusApi(Node node, QemuView view, Power power) {
        this.node = node;
        this.view = view;
        this.power = power;
    }

    void register(Router router) {
        String status = "/nodes/{node}/qemu/{vmid}/status";
        router.on("GET", status, Schema.NONE, call -> {
            node.check(call);
            node.vm(call.vmid());
            return List.of("current", "start", "stop", "shutdown", "reboot", "reset").stream()
                    .map(name -> Answers.of("subdir", name)).toList();
        });
        router.on("GET", status + "/current", Schema.NONE, call -> {
            node.check(call);
            return view.status(node.vm(call.vmid()));
        }, new Need("/vms/{vmid}", "VM.Audit"));
        on(router, status + "/start", Schema.of().optional(Type.INTEGER, "timeout")
                .optional(Type.BOOLEAN, "skiplock"), call -> task(call, "qmstart", power::start));
        on(router, status + "/stop", Schema.of().optional(Type.INTEGER, "timeout")
                .optional(Type.BOOLEAN, "skiplock", "keepActive", "overrule-shutdown"),
                call -> task(call, "qmstop", (vmid, log) -> node.hypervisor().cutPower(vmid)));
        on(router, status + "/shutdown", Schema.of().optional(Type.INTEGER, "timeout")
                .optional(Type.BOOLEAN, "forceStop", "keepActive", "skiplock", "skipLock"),
                call -> task(call, "qmshutdown", (vmid, log) -> shutdown(call, vmid)));
        on(router, status + "/reboot", Schema.of().optional(Type.INTEGER, "timeout"),
                call -> {
                    running(call);
                    return task(call, "qmreboot", (vmid, log) -> {
                        shutdown(call, vmid);
                        power.start(vmid, log);
                    });
                });
        on(router, status + "/reset", Schema.of().optional(Type.BOOLEAN, "skiplock"), call -> {
            running(call);
            return task(call, "qmreset", (vmid, log) -> {
                if (!node.hypervisor().reset(vmid)) {
                    node.hypervisor().cutPower(vmid);
                    power.start(vmid, log);
                }
            });
        });
    }

    @FunctionalInterface
    private interface PowerWork {
        void run(int vmid, TaskLog log) throws Exception;
    }

    private static void on(Router router, String path, Schema schema, Action action) {
        router.on("POST", path, schema, action, new Need("/vms/{vmid}", "VM.PowerMgmt"));
    }

    private String task(Call call, String type, PowerWork work) throws IOException {
        node.check(call);
        int vmid = call.vmid();
        node.vm(vmid);
        return node.tasks().start(type, String.valueOf(vmid), vmid, call.caller().user(), log -> work.run(vmid, log));
    }

    private void shutdown(Call call, int vmid) throws IOException, InterruptedException {
        power.shutdown(vmid, Duration.ofSeconds(call.number("timeout", SHUTDOWN_SECONDS)), call.flag("forceStop"));
    }

    private void running(Call call) throws IOException {
        node.check(call);
        node.vm(call.vmid());
        if (!node.hypervisor().running(call.vmid())) {
            throw ApiException.failed("VM " + call.vmid() + " not running");
        }
    }
}
