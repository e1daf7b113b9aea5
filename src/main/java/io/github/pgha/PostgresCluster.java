package io.github.pgha;

import com.pulumi.core.Output;
import com.pulumi.core.annotations.Export;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.balancer.Backend;
import io.github.pgha.balancer.LoadBalancer;
import io.github.pgha.etcd.EtcdCluster;
import io.github.pgha.etcd.EtcdGrant;
import io.github.pgha.fencing.EtcdLogin;
import io.github.pgha.fencing.FencedMember;
import io.github.pgha.fencing.FencingService;
import io.github.pgha.firewall.FirewallConfig;
import io.github.pgha.firewall.HostFirewall;
import io.github.pgha.firewall.Role;
import io.github.pgha.firewall.Topology;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostClaim;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.HostSpec;
import io.github.pgha.host.PreparedHost;
import io.github.pgha.patroni.EtcdAccess;
import io.github.pgha.patroni.PatroniCluster;
import io.github.pgha.patroni.PatroniCluster.PatroniHost;
import io.github.pgha.proxmox.VirtualMachines;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.secret.Fingerprint;
import io.github.pgha.secret.Pki;
import io.github.pgha.secret.TrustedAuthority;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A highly available PostgreSQL: virtual machines or hosts that exist already, etcd, Patroni, HAProxy and keepalived,
 * and a last step that proves that all of it serves.
 */
public final class PostgresCluster extends ComponentResource {
    private static final String ONLY_A_PART = "this run does only a part of what the configuration asks for, as --target and "
            + "--exclude have it: the rest stays to be done, and the next `pulumi up` without them does it";

    @Export(name = "vip", refs = {String.class}, tree = "[0]")
    private final Output<String> vip;

    @Export(name = "primaryUri", refs = {String.class}, tree = "[0]")
    private final Output<String> primaryUri;

    @Export(name = "replicaUri", refs = {String.class}, tree = "[0]")
    private final Output<String> replicaUri;

    @Export(name = "caCertificate", refs = {String.class}, tree = "[0]")
    private final Output<String> caCertificate;

    @Export(name = "statsPassword", refs = {String.class}, tree = "[0]")
    private final Output<String> statsPassword;

    @Export(name = "adminPrivateKey", refs = {String.class}, tree = "[0]")
    private final Output<String> adminPrivateKey;

    @Export(name = "hosts", refs = {Map.class, String.class, Object.class}, tree = "[0,1,[0,1,2]]")
    private final Output<Map<String, Map<String, Object>>> hosts;

    private final Output<String> lastUp;
    private final Output<List<Map<String, Object>>> authorities;

    private final Map<String, String> members = new LinkedHashMap<>();
    private final List<String> etcdEndpoints;
    private final PostgresClusterArgs args;
    private final Past past;

    /**
     * @param name    resource name
     * @param args    the cluster
     * @param options resource options; {@code providers} has the Proxmox provider, unless all hosts exist already
     * @throws IllegalArgumentException if an argument breaks a rule, or Proxmox lacks what a new machine needs; the message
     *                                  names key, value and rule
     */
    public PostgresCluster(String name, PostgresClusterArgs args, ComponentResourceOptions options) {
        this(name, args, Optional.empty(), options);
    }

    /**
     * A cluster that may be there already. With what it was before, changes that would take away too much at once are refused,
     * and machines that restart to be changed do so one after the other. <b>Without, all that get another size restart at
     * once</b>, and nobody sees whether a change leaves a majority and two copies of the data.
     *
     * @param name    resource name
     * @param args    the cluster
     * @param former  what it was, see {@link FormerCluster#of(com.pulumi.Context)}; empty if it isn't there yet
     * @param options resource options; {@code providers} has the Proxmox provider, unless all hosts exist already
     * @throws IllegalArgumentException if an argument breaks a rule, Proxmox lacks what a new machine needs, or the cluster is
     *                                  in a state in which the {@code up} couldn't end; the message says what is wrong and what
     *                                  to do
     */
    public PostgresCluster(
            String name, PostgresClusterArgs args, Optional<FormerCluster> former, ComponentResourceOptions options) {
        this(name, args, BeforeUp.of(args, former), new Done(), options);
    }

    PostgresCluster(String name, PostgresClusterArgs args, BeforeUp before, Done done, ComponentResourceOptions options) {
        super("pgha:index:PostgresCluster", name, done.watched(options));
        this.args = args;
        past = before.past();
        var child = ComponentResourceOptions.builder().parent(this).build();
        var turns = new ResizeTurns(past, args, this);
        String clusterName = args.database().clusterName();
        var machines = ClusterHosts.of(name, args, new MachineTurns(past, new RebuildTurns(past, args, this), turns), child);
        Map<String, PreparedHost> prepared = new LinkedHashMap<>();
        int rotation = args.security().rotation();
        var pki = new Pki(name, args.security(), Clock.systemUTC(), this);
        Map<String, Pki.HostKeys> keys = new LinkedHashMap<>();
        List<Host> reached = machines.hosts().stream()
                .map(host -> host.again(args.upkeep().again()).leftOut(!past.answers(host.name()))).toList();
        Host first = reached.stream().filter(host -> !host.leftOut()).findFirst().orElseThrow();
        Map<String, List<Resource>> claims = new LinkedHashMap<>();
        for (Host host : reached) {
            keys.put(host.name(), pki.host(host.name()));
            members.put(host.name(), host.address());
            claims.put(host.name(), Stream.of(claimed(host, keys.get(host.name())), turns.after(host.name()))
                    .flatMap(List::stream).toList());
        }
        // What comes first of all. Whoever leaves the cluster can't reach it any more as soon as the first host has its new
        // packet filter; and who has an address that isn't free should know before it is taken.
        Resource stays = HostCommand.runAfterBoot(name + "-leader-stays", first, Output.of(
                RebuildTurns.givesWay(args,
                                args.postgresHosts().stream().map(HostSpec::name).collect(Collectors.joining(" ")), "", "")
                        .then("balancer/vip-free.sh")
                        .variable("VIP", args.frontend().vipAddress())
                        .variable("HOSTS", String.join(" ", members.values()))
                        .variable("INTERFACE", args.frontend().networkInterface())
                        .render()), this, claims.get(first.name()));
        for (Host host : reached) {
            prepared.put(host.name(), HostFirewall.prepare(host, packages(host.name()), vipInterface(host.name()),
                    topology(), FirewallConfig.render(roles(host.name()), topology(), args.access(), host.port()), this,
                    Stream.concat(claims.get(host.name()).stream(), Stream.of(stays)).toList()));
        }
        var etcd = new EtcdCluster(name + "-etcd", clusterName, pick(prepared, args.etcdHosts()), "patroni",
                args.patroniKeys(), pki, keys, rotation, child);
        etcdEndpoints = etcd.endpoints();
        var patroni = new PatroniCluster(name + "-patroni",
                args.database().reachedThrough(args.balancerHosts().stream().map(members::get).toList()),
                args.frontend().vipAddress(), args.frontend().names().all(),
                args.postgresHosts().stream().map(s -> new PatroniHost(prepared.get(s.name()), s.memoryMb())).toList(),
                new EtcdAccess(etcdEndpoints, etcd.user().name(), etcd.user().password()), pki, keys, rotation,
                Stream.of(etcd.ready(), turns.after()).flatMap(Collection::stream).toList(), child);
        FencingService fencing = fencing(name, etcd, prepared, pki, keys, patroni.ready(), child);
        Resource retired = etcd.retireFormerUsers(
                Stream.of(patroni.ready(), fencing.ready()).flatMap(List::stream).toList());
        var balancer = new LoadBalancer(name + "-balancer", args.frontend(),
                args.balancerHosts().stream().map(prepared::get).toList(),
                args.postgresHosts().stream().map(s ->
                        new Backend(s.name(), s.ip(), args.database().parameters().maxConnections())).toList(),
                pki, keys, rotation,
                patroni.ready(), child);
        Resource proof = prove(name, prepared.get(answering(args.postgresHosts()).get(0).name()).host(),
                Output.tuple(pki.trusted(), patroni.appPassword(), etcd.runs(), patroni.runs(), balancer.runs())
                        // Of the machines, too: one that was made larger has restarted.
                        .applyValue(all -> Fingerprint.of(all.t1 + all.t2 + all.t3 + all.t4 + all.t5 + sizes())),
                Stream.of(etcd.ready(), patroni.ready(), balancer.ready(), fencing.ready(),
                                List.of(retired, patroni.settled()))
                        .flatMap(List::stream).toList());

        vip = after(proof, Output.of(args.frontend().vipAddress()));
        primaryUri = after(proof, uri(patroni.appPassword(), args.frontend().primaryPort())).asSecret();
        replicaUri = after(proof, uri(patroni.appPassword(), args.frontend().replicaPort())).asSecret();
        caCertificate = pki.trusted();
        statsPassword = balancer.statisticsPassword();
        adminPrivateKey = machines.adminPrivateKey();
        var described = new DescribedHosts(args, machines, past, before.former());
        Output<Boolean> whole = Output.tuple(done.all(), described.asAsked()).applyValue(both -> both.t1 && both.t2);
        hosts = described.output(whole);
        authorities = Output.tuple(whole, caCertificate).applyValue(known -> known.t1 ? authorities(known.t2)
                : before.former().authorities());
        lastUp = after(proof, Output.tuple(whole, Output.of(before.notes())).applyValue(known -> {
            known.t2.forEach(before.notice());
            if (!known.t1) {
                before.notice().accept(ONLY_A_PART);
            }
            return known.t1 ? before.lastUp().toString() : before.former().lastUp();
        }));
        registerOutputs(Map.of("vip", vip, "primaryUri", primaryUri, "replicaUri", replicaUri,
                "caCertificate", caCertificate, "statsPassword", statsPassword, "adminPrivateKey", adminPrivateKey,
                "hosts", hosts));
    }

    private FencingService fencing(String name, EtcdCluster etcd, Map<String, PreparedHost> prepared, Pki pki,
            Map<String, Pki.HostKeys> keys, List<Resource> running, ComponentResourceOptions options) {
        List<PreparedHost> hosts = pick(prepared, args.etcdHosts());
        if (args.fencing().isEmpty()) {
            return new FencingService(name + "-fencing", hosts, etcd.ready(), options);
        }
        String cluster = args.database().clusterName();
        var login = etcd.addUser("fence", List.of(
                EtcdGrant.read(args.patroniKeys()),
                EtcdGrant.readWriteKey(args.patroniKeys() + "leader"),
                EtcdGrant.readWrite(args.patroniKeys() + "members/"),
                EtcdGrant.readWrite("/pgha/" + cluster + "/fence/")), args.security().rotation());
        var before = new ArrayList<>(running);
        before.add(login.ready());
        return new FencingService(name + "-fencing", args.fencing().get(), cluster, hosts,
                fenced(args.hosts()),
                new EtcdLogin(login.user().name(), login.user().password()), pki, keys, before, options);
    }

    private static List<FencedMember> fenced(Hosts hosts) {
        // On others there is no fencing. The service finds out itself where a machine is by now.
        return ((VirtualHosts) hosts).postgres().stream()
                .map(s -> new FencedMember(s.name(), s.ip(), s.node(), s.vmId())).toList();
    }

    /** What comes first on a host that exists already. */
    private List<Resource> claimed(Host host, Pki.HostKeys keys) {
        if (!(args.hosts() instanceof ExistingHosts existing)) {
            return List.of();
        }
        var needs = new HostClaim.Needs(
                existing.postgres().stream().filter(spec -> spec.name().equals(host.name()))
                        .mapToInt(HostSpec::memoryMb).findFirst().orElse(0),
                vipInterface(host.name()).orElse(""));
        return List.of(HostClaim.of(host, needs, args.database().clusterName(),
                keys.key("claim").applyValue(Fingerprint::of).asPlaintext(),
                existing.onDestroy().purgeCluster().isPresent(), this));
    }

    private TreeSet<String> packages(String host) {
        var packages = new TreeSet<String>();
        if (args.etcdHosts().stream().anyMatch(spec -> spec.name().equals(host))) {
            packages.addAll(EtcdCluster.PACKAGES);
            packages.addAll(FencingService.PACKAGES);
        } else {
            packages.addAll(PatroniCluster.PACKAGES);
        }
        if (args.balancerHosts().contains(host)) {
            packages.addAll(LoadBalancer.PACKAGES);
        }
        return packages;
    }

    private Optional<String> vipInterface(String host) {
        return Optional.of(args.frontend().networkInterface()).filter(name -> args.balancerHosts().contains(host));
    }

    private Set<Role> roles(String host) {
        var roles = EnumSet.of(args.etcdHosts().stream().anyMatch(spec -> spec.name().equals(host))
                ? Role.ETCD : Role.POSTGRES);
        if (args.balancerHosts().contains(host)) {
            roles.add(Role.BALANCER);
        }
        return roles;
    }

    private Topology topology() {
        return new Topology(args.etcdHosts().stream().map(HostSpec::ip).toList(),
                args.postgresHosts().stream().map(HostSpec::ip).toList(),
                args.etcdHosts().stream().filter(spec -> args.balancerHosts().contains(spec.name()))
                        .map(HostSpec::ip).toList(),
                args.frontend().primaryPort(), args.frontend().replicaPort(), args.frontend().statsPort(),
                args.frontend().extra().ports(), args.fencing().isPresent());
    }

    private static List<PreparedHost> pick(Map<String, PreparedHost> hosts, List<? extends HostSpec> specs) {
        return specs.stream().map(spec -> hosts.get(spec.name())).toList();
    }

    private Resource prove(String name, Host from, Output<String> after, List<Resource> parts) {
        var script = after.asPlaintext().applyValue(fingerprint -> HostScript.of("proof/proof.sh")
                .variable("ETCD", addresses(answering(args.etcdHosts())))
                .variable("MEMBERS", addresses(answering(args.postgresHosts())))
                .variable("BALANCERS", args.balancerHosts().stream().filter(past::answers).map(members::get)
                        .collect(Collectors.joining(" ")))
                .variable("VIP", args.frontend().vipAddress())
                .variable("PRIMARY_PORT", args.frontend().primaryPort())
                .variable("REPLICA_PORT", args.frontend().replicaPort())
                .variable("STATS_PORT", args.frontend().statsPort())
                .variable("APP_USER", args.database().appUser())
                .variable("APP_DATABASE", args.database().appDatabase())
                .variable("AFTER", fingerprint)
                .render());
        return HostCommand.run(name + "-proof", from, script, false, this, parts);
    }

    private String sizes() {
        return Stream.concat(args.etcdHosts().stream(), args.postgresHosts().stream())
                .map(spec -> spec instanceof VmSpec vm ? vm.toString() : spec.name()).collect(Collectors.joining());
    }

    private <T extends HostSpec> List<T> answering(List<T> specs) {
        return specs.stream().filter(spec -> past.answers(spec.name())).toList();
    }

    private static String addresses(List<? extends HostSpec> specs) {
        return specs.stream().map(HostSpec::ip).collect(Collectors.joining(" "));
    }

    private Output<String> uri(Output<String> password, int port) {
        return password.applyValue(secret -> "postgresql://%s:%s@%s:%s/%s?sslmode=verify-full".formatted(
                args.database().appUser(), secret, args.frontend().endpoint(), port, args.database().appDatabase()));
    }

    private List<Map<String, Object>> authorities(String certificates) {
        return TrustedAuthority.of(certificates, args.security()).stream().map(TrustedAuthority::output).toList();
    }

    /** The same value, known only once the proof has succeeded. */
    private static <T> Output<T> after(Resource proof, Output<T> value) {
        return proof.urn().apply(done -> value);
    }

    /** The virtual address, without prefix. */
    public Output<String> vip() {
        return vip;
    }

    /**
     * libpq URI of the primary, with the application's password; secret. The server's certificate is verified: the client
     * needs {@code sslrootcert=FILE} with {@link #caCertificate()}, a path that no URI can know.
     */
    public Output<String> primaryUri() {
        return primaryUri;
    }

    /** libpq URI of the standbys; else as {@link #primaryUri()}. */
    public Output<String> replicaUri() {
        return replicaUri;
    }

    /** Names of the hosts and their addresses. */
    public Map<String, String> members() {
        return Map.copyOf(members);
    }

    /** URLs of etcd for clients. */
    public List<String> etcdEndpoints() {
        return etcdEndpoints;
    }

    /** Certificates of all trusted authorities in PEM. */
    public Output<String> caCertificate() {
        return caCertificate;
    }

    /**
     * The authorities of {@link #caCertificate()}: {@code subject}, {@code publicKeySha256} (of the SubjectPublicKeyInfo),
     * {@code signs} (whether certificates come from it now) and, of a generated one, {@code generation}, its number.
     */
    public Output<List<Map<String, Object>>> authorities() {
        return authorities;
    }

    /** Password of the statistics page's user {@link LoadBalancer#STATISTICS_USER}; secret. */
    public Output<String> statsPassword() {
        return statsPassword;
    }

    /**
     * Private SSH key of the admin user on all hosts; secret. On hosts that exist already that of the first one, or
     * empty if it is in an ssh-agent.
     */
    public Output<String> adminPrivateKey() {
        return adminPrivateKey;
    }

    /**
     * What this {@code up} is made of: fingerprints of the inputs without secrets, and of this library, {@code repair}, and the
     * hosts that were left out. The next one knows by it whether anything changes.
     */
    public Output<String> lastUp() {
        return lastUp;
    }

    /**
     * What it takes to reach and to operate each host, by its name: {@code address}, {@code user}, {@code hostKey} (the SSH
     * public key that it must show), {@code node} (on which it was made, or to which it was migrated before the last
     * {@code refresh}), {@code vmId}, {@code cores}, {@code memoryMb}, {@code diskGb},
     * {@code guestAgent}, {@code hardware} (see {@link VirtualMachines#HARDWARE}), {@code networkCard} (its hardware address,
     * which is another one after it was recreated), {@code rebuild}, {@code rebuilt}
     * (when it was let go for that, if ever), {@code resizes} (how many times it restarted to be changed), {@code firstBoot}
     * (how its user-data was sent, see {@link io.github.pgha.proxmox.Made}) and {@code imageNode} (whose image on a shared
     * datastore it was made from, if it is shared) of its machine in Proxmox or, on a host that exists already, {@code port} of
     * SSH and, if it is behind one, {@code jumpHost} with {@code address}, {@code user}, {@code hostKey} and {@code port}, and
     * {@code roles}, a list of {@code etcd}, {@code postgres} and {@code balancer}.
     */
    public Output<Map<String, Map<String, Object>>> hosts() {
        return hosts;
    }
}
