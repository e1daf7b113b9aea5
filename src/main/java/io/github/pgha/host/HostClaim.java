package io.github.pgha.host;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;

/**
 * Takes a host that exists already for a cluster, before anything is done there: finds out whether it is fit, and notes
 * on it whose it is. Where that is asked for, the same resource gives the host back at its end.
 */
public final class HostClaim {
    private static final String TOOL = "/usr/local/libexec/pgha/purge";

    private HostClaim() {}

    /**
     * What a host must have.
     *
     * @param memoryMb         memory in MiB; 0 if it doesn't matter
     * @param networkInterface a network interface; empty if it doesn't matter
     */
    public record Needs(int memoryMb, String networkInterface) {}

    /**
     * Declares the claim.
     *
     * @param host    the host
     * @param needs   what it must have
     * @param cluster name of the cluster
     * @param stack   tells this cluster from others of that name; not secret
     * @param purge   whether all that the cluster has put on the host is removed when the host leaves it
     * @param parent  the component that it belongs to
     * @return what to depend on before anything else runs there
     */
    public static Resource of(
            Host host, Needs needs, String cluster, Output<String> stack, boolean purge, Resource parent) {
        return HostCommand.withEnd(host.name() + "-claim", host,
                stack.applyValue(id -> script(host, needs, cluster, id)), purge, parent);
    }

    static String script(Host host, Needs needs, String cluster, String stack) {
        return HostScript.of("host/claim.sh")
                .variable("CLUSTER", cluster)
                .variable("NAME", host.name())
                .variable("STACK", stack)
                .variable("ADDRESS", host.address())
                .variable("MEMORY_MB", needs.memoryMb())
                .variable("INTERFACE", needs.networkInterface())
                .file(new HostFile(TOOL, "root:root", "0755", HostScript.resource("host/purge")))
                .render();
    }
}
