package io.github.pgha;

import com.pulumi.core.Output;
import io.github.pgha.balancer.LoadBalancer;
import java.util.function.Function;

/** The outputs of the ready program's stack, and what docs/outputs.md says of them. Renaming one breaks programs. */
enum StackOutput {
    VIP("vip", "The virtual address, without prefix", from -> from.cluster.vip()),
    PRIMARY_PORT("primaryPort", "Port of the virtual address that leads to the primary",
            from -> Output.of(from.args.frontend().primaryPort())),
    REPLICA_PORT("replicaPort", "Port of the virtual address that leads to the standbys",
            from -> Output.of(from.args.frontend().replicaPort())),
    PRIMARY_URI("primaryUri", "libpq URI of the primary with the application's password. The client verifies the server, "
            + "so it must be given `sslrootcert=FILE` with `caCertificate` in the file", from -> from.cluster.primaryUri()),
    REPLICA_URI("replicaUri", "libpq URI of the standbys; else as `primaryUri`", from -> from.cluster.replicaUri()),
    CA_CERTIFICATE("caCertificate", "Certificates of all authorities that the cluster trusts, in PEM",
            from -> from.cluster.caCertificate()),
    AUTHORITIES("authorities", "The authorities of `caCertificate`: `subject`, `publicKeySha256` (of the SubjectPublicKeyInfo), "
            + "`signs` (whether certificates come from it now), and `generation` of a generated one: its number in `caTrust`",
            from -> from.cluster.authorities()),
    HOW_TO_CONNECT("howToConnect", "Commands to copy and paste, which lead to the primary and to a standby",
            from -> from.cluster.vip().applyValue(vip -> HowToConnect.render(from.stack,
                    from.args.database().clusterName(), from.args.frontend()))),
    MEMBERS("members", "Names of the hosts and their addresses", from -> Output.of(from.cluster.members())),
    ETCD_ENDPOINTS("etcdEndpoints", "URLs of etcd for clients", from -> Output.of(from.cluster.etcdEndpoints())),
    CLUSTER_NAME("clusterName", "Name of the PostgreSQL cluster", from -> Output.of(from.args.database().clusterName())),
    HOSTS("hosts", "What it takes to reach and to operate each host, by its name: `address`, `user`, `hostKey` (the SSH "
            + "public key that it shows), `roles` (a list of `etcd`, `postgres`, `balancer`), and `node`, `vmId`, `cores`, "
            + "`memoryMb`, `diskGb`, `guestAgent`, `hardware` (which version of what all have in common), "
            + "`networkCard` (its hardware address), `rebuild`, `rebuilt` "
            + "(when it was let go for that, if ever), `resizes` (how many times it restarted to be changed), `firstBoot` (how "
            + "its user-data was sent), `imageNode` (whose image on a shared datastore it was made from) of a virtual "
            + "machine or, on a host that existed already, SSH's `port` and, if it is behind one, its `jumpHost` (`address`, "
            + "`user`, `hostKey`, `port`)",
            from -> from.cluster.hosts()),
    ADMIN_PRIVATE_KEY("adminPrivateKey", "Private SSH key of the user that `hosts` names; on hosts that existed already that "
            + "of the first one, or empty if it is in an ssh-agent", from -> from.cluster.adminPrivateKey()),
    LAST_UP("lastUp", "By this the next `up` knows whether anything changes: fingerprints of the inputs without secrets, and "
            + "of pgha itself; `repair`; and the names of hosts that didn't answer and were left out",
            from -> from.cluster.lastUp()),
    STATS_URL("statsUrl", "HAProxy's statistics page",
            from -> from.cluster.vip().applyValue(vip -> "https://" + vip + ":" + from.args.frontend().statsPort() + "/")),
    STATS_USER("statsUser", "User who may see it", from -> Output.of(LoadBalancer.STATISTICS_USER)),
    STATS_PASSWORD("statsPassword", "Password of `statsUser`", from -> from.cluster.statsPassword()),
    TIMING("timing", "How fast failures are noticed: the input `timing`",
            from -> Output.of(from.settings.timing())),
    DRILLS_ALLOWED("drillsAllowed", "Whether fault drills may break this cluster without being told so each time",
            from -> Output.of(from.settings.drillsAllowed()));

    private final String key;
    private final String description;
    private final Function<Source, Output<?>> value;

    /** What outputs are made of. */
    record Source(String stack, LabSettings settings, PostgresClusterArgs args, PostgresCluster cluster) {}

    StackOutput(String key, String description, Function<Source, Output<?>> value) {
        this.key = key;
        this.description = description;
        this.value = value;
    }

    String key() {
        return key;
    }

    /** One sentence without a full stop, in Markdown. */
    String description() {
        return description;
    }

    Output<?> of(Source source) {
        return value.apply(source);
    }
}
