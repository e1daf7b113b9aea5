package io.github.pgha;

import io.github.pgha.balancer.Frontend;

/** The first commands of whoever has a new cluster, to be copied and pasted into a shell; no secret is in them. */
final class HowToConnect {
    private HowToConnect() {}

    /**
     * The commands, in a shell whose pulumi reaches the stack and which reaches the virtual address.
     *
     * @param stack name of the stack, which need not be the one that is selected
     */
    static String render(String stack, String clusterName, Frontend frontend) {
        String output = "pulumi stack output --stack " + stack;
        String authority = clusterName + "-ca.pem";
        return """
                # The authority's certificate, by which psql knows that it speaks to this cluster
                %1$s caCertificate >%2$s
                # The primary, %3$s:%4$d
                psql "$(%1$s --show-secrets primaryUri)&sslrootcert=%2$s"
                # A standby, to read only, %3$s:%5$d
                psql "$(%1$s --show-secrets replicaUri)&sslrootcert=%2$s\""""
                .formatted(output, authority, frontend.endpoint(), frontend.primaryPort(), frontend.replicaPort());
    }
}
