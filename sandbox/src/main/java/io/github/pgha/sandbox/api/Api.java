package io.github.pgha.sandbox.api;

/** All calls that the sandbox answers. */
public final class Api {
    private Api() { }

    public static Router router(Node node) {
        Router router = new Router();
        QemuView view = new QemuView(node);
        Drives drives = new Drives(node);
        Boot boot = new Boot(node);
        new ClusterApi(node, view).register(router);
        new PoolApi(node, view).register(router);
        new NodeApi(node).register(router);
        new TaskApi(node).register(router);
        new StorageApi(node, new Downloads()).register(router);
        new QemuApi(node, view, drives).register(router);
        new QemuConfigApi(node, drives, boot).register(router);
        new QemuStatusApi(node, view, new Power(node)).register(router);
        new AgentApi(node).register(router);
        return router;
    }
}
