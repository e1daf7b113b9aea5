package io.github.pgha.sandbox.api;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers a request where it belongs: what is about a node on that node, everything else on the one that was asked. */
public final class Dispatcher {
    private static final Pattern NODE = Pattern.compile("/+nodes/+([^/]+)(/.*)?");

    private final Cluster cluster;
    private final Router common;
    private final Map<String, Router> nodes = new HashMap<>();

    public Dispatcher(Cluster cluster) {
        this.cluster = cluster;
        this.common = Api.common(cluster);
        cluster.nodes().forEach(node -> nodes.put(node.name(), Api.node(cluster, node)));
    }

    /**
     * Answers a request whose path starts after "/api2/json".
     *
     * @param asked the node that the client speaks to
     */
    public Object answer(Node asked, Caller caller, String method, String path, Map<String, String> parameters)
            throws Exception {
        Matcher about = NODE.matcher(path);
        if (!about.matches()) {
            return common.answer(caller, method, path, parameters);
        }
        String name = about.group(1);
        Node node = name.equals("localhost") ? asked : cluster.node(name);
        Router router = nodes.get(node.name());
        if (cluster.isOff(node)) {
            // Rights are looked at by the node that was asked.
            router.check(caller, method, path, parameters);
            throw cluster.unreachable(node);
        }
        return router.answer(caller, method, path, parameters);
    }
}
