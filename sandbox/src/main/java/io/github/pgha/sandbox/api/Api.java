package io.github.pgha.sandbox.api;

/** All calls that the sandbox answers. */
final class Api {
    private Api() { }

    /** Those about the cluster. */
    static Router common(Cluster cluster) {
        Router router = new Router();
        new ClusterApi(cluster).register(router);
        new PoolApi(cluster).register(router);
        StorageApi.register(cluster, router);
        NodeApi.register(cluster, router);
        return router;
    }

    /** Those about one node, /nodes/NAME/... */
    static Router node(Cluster cluster, Node node) {
        Router router = new Router();
        QemuView view = new QemuView(node);
        Drives drives = new Drives(node);
        Boot boot = new Boot(node);
        new NodeApi(node).register(router);
        new TaskApi(node).register(router);
        new StorageApi(node, new Downloads()).register(router);
        new QemuApi(cluster, node, view, drives).register(router);
        new QemuConfigApi(node, drives, boot).register(router);
        new QemuStatusApi(cluster, node, view, new Power(node)).register(router);
        new AgentApi(node).register(router);
        return router;
    }
}
