package io.github.pgha;

import io.github.pgha.balancer.Frontend;
import io.github.pgha.fencing.Fencing;
import io.github.pgha.firewall.Access;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.PostgresParameters;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.rules.Problems;
import io.github.pgha.secret.SecuritySettings;
import java.util.List;
import java.util.Optional;

/**
 * A whole cluster.
 *
 * @param etcdHosts     machines of etcd; an odd number, at least three
 * @param postgresHosts machines of PostgreSQL; at least one
 * @param balancerHosts names of the etcd hosts that balance too; at least two; the first is the virtual address's home
 * @param site          what is common to all machines
 * @param database      what is served
 * @param frontend      where clients come in; in the same network as the hosts
 * @param access        who from outside the cluster may reach its hosts
 * @param security      certificates and generated passwords
 * @param fencing       how a silent leader is powered off; empty for not at all
 * @param risks         which otherwise refused arrangements are wanted
 * @param upkeep        what is done to a cluster that runs already
 */
public record PostgresClusterArgs(
        List<VmSpec> etcdHosts,
        List<VmSpec> postgresHosts,
        List<String> balancerHosts,
        Site site,
        Database database,
        Frontend frontend,
        Access access,
        SecuritySettings security,
        Optional<Fencing> fencing,
        AcceptedRisks risks,
        Upkeep upkeep) {

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public PostgresClusterArgs {
        etcdHosts = List.copyOf(etcdHosts);
        postgresHosts = List.copyOf(postgresHosts);
        balancerHosts = List.copyOf(balancerHosts);
        var problems = new Problems();
        new ClusterRules(problems, ClusterRules.Machine.of(etcdHosts), ClusterRules.Machine.of(postgresHosts),
                balancerHosts, risks).check(frontend.vip(), site.gateway(), database.synchronousMode());
        postgresHosts.forEach(spec -> PostgresParameters.checkMemory(problems, database.parameters().values(),
                "host '" + spec.name() + "'", spec.memoryMb()));
        problems.orThrow();
    }

    /** A cluster with the {@linkplain Upkeep#DEFAULT usual upkeep}. */
    public PostgresClusterArgs(List<VmSpec> etcdHosts, List<VmSpec> postgresHosts, List<String> balancerHosts,
            Site site, Database database, Frontend frontend, Access access, SecuritySettings security,
            Optional<Fencing> fencing, AcceptedRisks risks) {
        this(etcdHosts, postgresHosts, balancerHosts, site, database, frontend, access, security, fencing, risks,
                Upkeep.DEFAULT);
    }

    /** A cluster that risks nothing, whose hosts let SSH in from everywhere and clients to the balancers only. */
    public PostgresClusterArgs(List<VmSpec> etcdHosts, List<VmSpec> postgresHosts, List<String> balancerHosts,
            Site site, Database database, Frontend frontend) {
        this(etcdHosts, postgresHosts, balancerHosts, site, database, frontend,
                new Access(List.of(Access.ANYWHERE), database.clientNetworks(), false), SecuritySettings.DEFAULT,
                Optional.empty(), AcceptedRisks.NONE);
    }
}
