package lab;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.core.TypeShape;
import com.pulumi.resources.ComponentResourceOptions;
import io.github.pgha.ExistingHosts;
import io.github.pgha.FormerCluster;
import io.github.pgha.PostgresCluster;
import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.balancer.Frontend;
import io.github.pgha.host.ExistingHost;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.Timings;
import java.util.List;
import java.util.Map;

/** A cluster on six machines of VirtualBox, or any others with Debian 13 and SSH. */
public final class Main {
    private Main() {}

    /** Runs under the Pulumi engine. */
    public static void main(String[] args) {
        Pulumi.run(Main::stack);
    }

    static void stack(Context ctx) {
        Output<String> key = ctx.config().requireSecret("privateKey");
        // What each host has in /etc/ssh/ssh_host_ed25519_key.pub, by its name: one that shows another key is refused.
        var hostKeys = ctx.config().requireObject("hostKeys", TypeShape.map(String.class, String.class));
        var etcd = List.of(
                host("lab-etcd1", "192.168.56.11/24", 1024, key, hostKeys),
                host("lab-etcd2", "192.168.56.12/24", 1024, key, hostKeys),
                host("lab-etcd3", "192.168.56.13/24", 1024, key, hostKeys));
        var postgres = List.of(
                host("lab-pg1", "192.168.56.21/24", 2048, key, hostKeys),
                host("lab-pg2", "192.168.56.22/24", 2048, key, hostKeys),
                host("lab-pg3", "192.168.56.23/24", 2048, key, hostKeys));
        var cluster = new PostgresCluster("lab", new PostgresClusterArgs(new ExistingHosts(etcd, postgres),
                List.of("lab-etcd1", "lab-etcd2"),
                new Database("lab", "app", "app", List.of("192.168.56.0/24"), false, Timings.DEFAULT),
                new Frontend("192.168.56.10/24", "enp0s8", 33, 5000, 5001, 7000)),
                FormerCluster.of(ctx), ComponentResourceOptions.Empty);
        // What the next run knows this one by.
        ctx.export("clusterName", Output.of("lab"));
        ctx.export("hosts", cluster.hosts());
        ctx.export("authorities", cluster.authorities());
        ctx.export("lastUp", cluster.lastUp());
        ctx.export("adminPrivateKey", cluster.adminPrivateKey());
        ctx.export("primaryUri", cluster.primaryUri());
        ctx.export("replicaUri", cluster.replicaUri());
        ctx.export("caCertificate", cluster.caCertificate());
    }

    private static ExistingHost host(String name, String address, int memoryMb, Output<String> key,
            Map<String, String> hostKeys) {
        return new ExistingHost(name, address, "admin", key, hostKeys.getOrDefault(name, "no key"), memoryMb);
    }
}
