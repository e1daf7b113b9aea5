package io.github.pgha.sandbox.api;

import io.github.pgha.sandbox.api.Schema.Type;
import io.github.pgha.sandbox.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** /nodes/N/tasks: what was started, how it goes, how it ended. A caller sees its own tasks without a privilege. */
final class TaskApi {
    private final Node node;

    TaskApi(Node node) {
        this.node = node;
    }

    void register(Router router) {
        router.on("GET", "/nodes/{node}/tasks", Schema.of()
                .optional(Type.INTEGER, "start", "limit", "since", "until", "vmid")
                .optional(Type.BOOLEAN, "errors")
                .optional(Type.TEXT, "source", "typefilter", "statusfilter", "userfilter"), this::list);
        router.on("GET", "/nodes/{node}/tasks/{upid}/status", Schema.NONE, call -> status(find(call)));
        router.on("GET", "/nodes/{node}/tasks/{upid}/log", Schema.of()
                .optional(Type.INTEGER, "start", "limit").optional(Type.BOOLEAN, "download"), this::log);
        // A task of the sandbox is either over at once or can't be broken off halfway.
        router.on("DELETE", "/nodes/{node}/tasks/{upid}", Schema.NONE, call -> {
            if (find(call).running()) {
                throw ApiException.failed("the sandbox can't stop a task that runs; wait for its end");
            }
            return null;
        });
    }

    static Map<String, Object> summary(Task task) {
        return Answers.of("upid", task.upid(), "node", task.node, "pid", task.pid, "pstart", task.pstart,
                "starttime", task.starttime, "type", task.type, "id", task.id, "user", task.user,
                "endtime", task.running() ? null : task.endtime, "status", task.exitstatus);
    }

    private static Map<String, Object> status(Task task) {
        return Answers.of("upid", task.upid(), "node", task.node, "pid", task.pid, "pstart", task.pstart,
                "starttime", task.starttime, "type", task.type, "id", task.id, "user", task.user,
                "status", task.running() ? "running" : "stopped", "exitstatus", task.exitstatus);
    }

    private Object list(Call call) {
        node.check(call);
        return node.tasks().list().stream()
                .filter(task -> mayRead(call, task))
                .filter(task -> call.text("vmid").map(task.id::equals).orElse(true))
                .filter(task -> call.text("typefilter").map(task.type::equals).orElse(true))
                .filter(task -> !call.flag("errors") || !task.running() && !task.exitstatus.equals("OK"))
                .skip(call.number("start", 0)).limit(call.number("limit", 50))
                .map(TaskApi::summary).toList();
    }

    private Object log(Call call) {
        List<String> lines = find(call).lines();
        int from = Math.min(call.number("start", 0), lines.size());
        int limit = call.number("limit", 50);
        List<Map<String, Object>> answer = new ArrayList<>();
        for (int i = from; i < lines.size() && (limit == 0 || i < from + limit); i++) {
            answer.add(Answers.of("n", i + 1, "t", lines.get(i)));
        }
        return answer;
    }

    private Task find(Call call) {
        node.check(call);
        Task task = node.tasks().find(call.path("upid")).orElseThrow(() -> ApiException.badParameter("upid",
                "unable to parse worker upid"));
        if (!mayRead(call, task)) {
            call.demand("/nodes/" + node.name(), "Sys.Audit");
        }
        return task;
    }

    private boolean mayRead(Call call, Task task) {
        return task.user.equals(call.caller().user()) || call.caller().has("/nodes/" + node.name(), "Sys.Audit");
    }
}
