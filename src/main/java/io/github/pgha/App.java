package io.github.pgha;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import io.muehlbachler.pulumi.proxmoxve.Provider;
import io.muehlbachler.pulumi.proxmoxve.ProviderArgs;

/** The ready program: configuration in, one cluster, outputs out. */
public final class App {
    private App() {}

    /** Runs under the Pulumi engine. */
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    private static void stack(Context ctx) {
        PostgresClusterArgs args = new LabSettings(ctx.config()).cluster();
        // Endpoint, token and SSH login come from the provider's own configuration or environment.
        var proxmox = new Provider("proxmox", ProviderArgs.builder().build());
        var cluster = new PostgresCluster("pgha", args,
                ComponentResourceOptions.builder().providers(proxmox).build());
        ctx.export("vip", cluster.vip());
        ctx.export("primaryPort", Output.of(args.frontend().primaryPort()));
        ctx.export("replicaPort", Output.of(args.frontend().replicaPort()));
        ctx.export("primaryUri", cluster.primaryUri());
        ctx.export("replicaUri", cluster.replicaUri());
        ctx.export("members", Output.of(cluster.members()));
        ctx.export("etcdEndpoints", Output.of(cluster.etcdEndpoints()));
        ctx.export("hosts", cluster.hosts());
        ctx.export("adminPrivateKey", cluster.adminPrivateKey());
        ctx.export("statsUrl", cluster.vip().applyValue(vip -> "http://" + vip + ":" + args.frontend().statsPort() + "/"));
    }
}
