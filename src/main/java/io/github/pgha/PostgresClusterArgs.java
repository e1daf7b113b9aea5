package io.github.pgha;

import io.github.pgha.balancer.Frontend;
import io.github.pgha.fencing.Fencing;
import io.github.pgha.firewall.Access;
import io.github.pgha.host.HostSpec;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.PostgresParameters;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.rules.Problems;
import io.github.pgha.secret.SecuritySettings;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A whole cluster.
 *
 * @param hosts         what it is built on: hosts of etcd, an odd number from three, and at least one of PostgreSQL
 * @param balancerHosts names of the etcd hosts that balance too; at least two; the first is the virtual address's home
 * @param database      what is served
 * @param frontend      where clients come in; in the same network as the hosts
 * @param access        who from outside the cluster may reach its hosts
 * @param security      certificates and generated passwords
 * @param fencing       how a silent leader is powered off; empty for not at all, and on hosts that exist already
 * @param risks         which otherwise refused arrangements are wanted
 * @param upkeep        what is done to a cluster that runs already
 */
public record PostgresClusterArgs(
        Hosts hosts,
        List<String> balancerHosts,
        Database database,
        Frontend frontend,
        Access access,
        SecuritySettings security,
        Optional<Fencing> fencing,
        AcceptedRisks risks,
        Upkeep upkeep) {

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public PostgresClusterArgs {
        Objects.requireNonNull(hosts, "hosts");
        balancerHosts = List.copyOf(balancerHosts);
        var problems = new Problems();
        var rules = new ClusterRules(problems, ClusterRules.Machine.of(hosts.etcd()),
                ClusterRules.Machine.of(hosts.postgres()), balancerHosts, risks);
        rules.check(frontend.vip(), hosts instanceof VirtualHosts made ? made.site().gateway() : null,
                database.synchronousMode());
        rules.checkPorts(frontend.primaryPort(), frontend.replicaPort(), frontend.statsPort(), frontend.extra().text());
        hosts.postgres().forEach(spec -> PostgresParameters.checkMemory(problems, database.parameters().values(),
                "host '" + spec.name() + "'", spec.memoryMb()));
        if (hosts instanceof ExistingHosts existing) {
            OnDestroy.check(problems, existing.onDestroy().purgeCluster().orElse(null), database.clusterName());
            ClusterRules.checkFencing(problems, fencing.isPresent());
        }
        problems.orThrow();
    }

    /**
     * A cluster on virtual machines.
     *
     * @param etcdHosts     machines of etcd
     * @param postgresHosts machines of PostgreSQL
     * @param balancerHosts names of the etcd hosts that balance too
     * @param site          what is common to all machines
     * @param database      what is served
     * @param frontend      where clients come in
     * @param access        who from outside the cluster may reach its hosts
     * @param security      certificates and generated passwords
     * @param fencing       how a silent leader is powered off
     * @param risks         which otherwise refused arrangements are wanted
     */
    public PostgresClusterArgs(List<VmSpec> etcdHosts, List<VmSpec> postgresHosts, List<String> balancerHosts,
            Site site, Database database, Frontend frontend, Access access, SecuritySettings security,
            Optional<Fencing> fencing, AcceptedRisks risks) {
        this(new VirtualHosts(etcdHosts, postgresHosts, site), balancerHosts, database, frontend, access, security,
                fencing, risks, Upkeep.DEFAULT);
    }

    /** A cluster that risks nothing, whose hosts let SSH in from everywhere and clients to the balancers only. */
    public PostgresClusterArgs(Hosts hosts, List<String> balancerHosts, Database database, Frontend frontend) {
        this(hosts, balancerHosts, database, frontend,
                new Access(List.of(Access.ANYWHERE), database.clientNetworks(), false), SecuritySettings.DEFAULT,
                Optional.empty(), AcceptedRisks.NONE, Upkeep.DEFAULT);
    }

    /** The same on virtual machines. */
    public PostgresClusterArgs(List<VmSpec> etcdHosts, List<VmSpec> postgresHosts, List<String> balancerHosts,
            Site site, Database database, Frontend frontend) {
        this(new VirtualHosts(etcdHosts, postgresHosts, site), balancerHosts, database, frontend);
    }

    /** Hosts of etcd. */
    public List<? extends HostSpec> etcdHosts() {
        return hosts.etcd();
    }

    /** Hosts of PostgreSQL. */
    public List<? extends HostSpec> postgresHosts() {
        return hosts.postgres();
    }

    /** Prefix of the keys that Patroni has in etcd. */
    String patroniKeys() {
        return "/service/" + database.clusterName() + "/";
    }
}
