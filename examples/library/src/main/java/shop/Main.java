package shop;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import io.github.pgha.FormerCluster;
import io.github.pgha.PostgresCluster;
import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.balancer.Frontend;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.Timings;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VmSpec;
import java.util.List;

/** A cluster, and its address for whoever reads this stack's outputs. */
public final class Main {
    private Main() {}

    /** Runs under the Pulumi engine. */
    public static void main(String[] args) {
        Pulumi.run(Main::stack);
    }

    static void stack(Context ctx) {
        var etcd = List.of(
                new VmSpec("shop-etcd1", "10.20.30.11/24", 2011, "pve1", 1, 1024, 10),
                new VmSpec("shop-etcd2", "10.20.30.12/24", 2012, "pve2", 1, 1024, 10),
                new VmSpec("shop-etcd3", "10.20.30.13/24", 2013, "pve3", 1, 1024, 10));
        var postgres = List.of(
                new VmSpec("shop-pg1", "10.20.30.21/24", 2021, "pve1", 4, 16384, 200),
                new VmSpec("shop-pg2", "10.20.30.22/24", 2022, "pve2", 4, 16384, 200),
                new VmSpec("shop-pg3", "10.20.30.23/24", 2023, "pve3", 4, 16384, 200));
        var cluster = new PostgresCluster("shop", new PostgresClusterArgs(etcd, postgres,
                List.of("shop-etcd1", "shop-etcd2"),
                Site.of("10.20.30.1", List.of("10.20.30.1")),
                new Database("shop", "shop", "shop", List.of("10.20.40.0/24"), false, Timings.DEFAULT),
                new Frontend("10.20.30.10/24", "", 33, 5000, 5001, 7000)),
                FormerCluster.of(ctx), ComponentResourceOptions.Empty);
        // What the next run knows this one by.
        ctx.export("clusterName", Output.of("shop"));
        ctx.export("hosts", cluster.hosts());
        ctx.export("authorities", cluster.authorities());
        ctx.export("lastUp", cluster.lastUp());
        ctx.export("adminPrivateKey", cluster.adminPrivateKey());
        ctx.export("primaryUri", cluster.primaryUri());
        ctx.export("replicaUri", cluster.replicaUri());
        ctx.export("caCertificate", cluster.caCertificate());
    }
}
