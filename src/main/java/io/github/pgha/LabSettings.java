package io.github.pgha;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.pulumi.core.Output;
import io.github.pgha.balancer.Frontend;
import io.github.pgha.balancer.HaproxyExtra;
import io.github.pgha.balancer.ServerNames;
import io.github.pgha.firewall.Access;
import io.github.pgha.host.Again;
import io.github.pgha.host.ExistingHost;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.PatroniCluster;
import io.github.pgha.patroni.PatroniExtra;
import io.github.pgha.patroni.PostgresParameters;
import io.github.pgha.patroni.SynchronousMode;
import io.github.pgha.patroni.Timings;
import io.github.pgha.proxmox.CloudInit;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.SiteRules;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.rules.Problems;
import io.github.pgha.secret.CaGenerations;
import io.github.pgha.secret.OwnAuthority;
import io.github.pgha.secret.SecuritySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The program's configuration: its keys, with types, descriptions and defaults, are in Pulumi.yaml. Nothing is refused
 * before all of it has been looked at, so that one run tells everything that is wrong.
 */
final class LabSettings {
    private final Problems problems = new Problems();
    private final ConfigReader config;

    private final ExistingSettings existing;
    private final List<HostEntry> etcdHosts;
    private final List<HostEntry> postgresHosts;
    private final List<String> balancerHosts;
    private final String imageUrl;
    private final String imageChecksum;
    private final String imageDatastore;
    private final String snippetDatastore;
    private final String vmDatastore;
    private final String bridge;
    private final String gateway;
    private final List<String> dnsServers;
    private final String adminUser;
    private final List<String> authorizedKeys;
    private final String aptProxy;
    private final Boolean guestAgent;
    private final Map<String, Object> cloudInit;
    private final String proxmoxPool;
    private final Integer vlan;
    private final String searchDomain;
    private final Map<String, String> proxmoxNodeAddresses;
    private final String clusterName;
    private final String appUser;
    private final String appDatabase;
    private final List<String> clientNetworks;
    private final Boolean allowAllNetworks;
    private final Integer rotation;
    private final Integer repair;
    private final Integer update;
    private final Integer certificateDays;
    private final List<Integer> caTrust;
    private final Integer caSign;
    private final String caCertificate;
    private final String caPrivateKey;
    private final List<String> sshNetworks;
    private final Boolean directClientAccess;
    private final Boolean drillsAllowed;
    private final Boolean protect;
    private final FencingSettings fencing;
    private final SynchronousMode synchronousMode;
    private final Integer postgresVersion;
    private final Map<String, String> postgresParameters;
    private final Map<String, Object> patroniExtra;
    private final Boolean patroniPatches;
    private final Timing timing;
    private final Integer patroniTtl;
    private final Integer patroniLoopWait;
    private final Integer patroniRetryTimeout;
    private final String vip;
    private final String networkInterface;
    private final Integer routerId;
    private final Integer primaryPort;
    private final Integer replicaPort;
    private final Integer statsPort;
    private final String haproxyExtra;
    private final List<Integer> haproxyExtraPorts;
    private final List<String> certificateNames;
    private final String endpointName;
    private final Boolean allowOneNode;
    private final Boolean allowSingleBalancer;

    /**
     * Reads all keys.
     *
     * @param values the value of a key: a text as it is, anything else in JSON
     * @param given  the keys that are set
     */
    LabSettings(Function<String, Optional<String>> values, Set<String> given) {
        this(values, given, System.getenv());
    }

    LabSettings(Function<String, Optional<String>> values, Set<String> given, Map<String, String> environment) {
        config = new ConfigReader(values, problems);
        var nodes = new NodeSpread(config.text("proxmoxNode"), config.texts("proxmoxNodes"));
        List<JsonElement> etcdEntries = config.list("etcdHosts");
        List<JsonElement> postgresEntries = config.list("postgresHosts");
        existing = new ExistingSettings(config, Stream.of(etcdEntries, postgresEntries), environment, problems);
        etcdHosts = hosts("etcdHosts", etcdEntries, place -> existing.used()
                ? existingHost(place, 1024) : virtualHost(place, nodes, 1, 1024, 10));
        postgresHosts = hosts("postgresHosts", postgresEntries, place -> existing.used()
                ? existingHost(place, null) : virtualHost(place, nodes, 2, 2048, 20));
        balancerHosts = config.texts("balancerHosts");
        vip = config.text("vip");
        networkInterface = Optional.ofNullable(config.optionalText("interface")).orElse("");
        routerId = config.number("routerId");
        primaryPort = config.number("primaryPort");
        replicaPort = config.number("replicaPort");
        statsPort = config.number("statsPort");
        haproxyExtra = Optional.ofNullable(config.optionalText("haproxyExtra")).orElse("");
        haproxyExtraPorts = config.numbers("haproxyExtraPorts");
        certificateNames = config.texts("certificateNames");
        endpointName = config.optionalText("endpointName");
        clusterName = config.text("clusterName");
        appUser = config.text("appUser");
        appDatabase = config.text("appDatabase");
        clientNetworks = config.texts("clientNetworks");
        allowAllNetworks = config.flag("allowAllNetworks");
        rotation = config.number("rotation");
        repair = config.number("repair");
        update = config.number("update");
        certificateDays = config.number("certificateDays");
        caTrust = config.numbers("caTrust");
        caSign = config.number("caSign");
        caCertificate = config.optionalText("caCertificate");
        caPrivateKey = config.secret("caPrivateKey");
        sshNetworks = config.texts("sshNetworks");
        directClientAccess = config.flag("directClientAccess");
        drillsAllowed = config.flag("drillsAllowed");
        protect = config.flag("protect");
        fencing = new FencingSettings(config, environment);
        synchronousMode = config.choice("synchronousMode", SynchronousMode.values());
        postgresVersion = config.number("postgresVersion");
        postgresParameters = config.values("postgresParameters", PostgresParameters::isText);
        patroniExtra = config.object("patroniExtra");
        patroniPatches = config.flag("patroniPatches");
        timing = config.choice("timing", Timing.values());
        Timings preset = timing == null ? Timings.DEFAULT : timing.patroni();
        patroniTtl = config.number("patroniTtl", preset.ttl());
        patroniLoopWait = config.number("patroniLoopWait", preset.loopWait());
        patroniRetryTimeout = config.number("patroniRetryTimeout", preset.retryTimeout());
        imageUrl = config.text("imageUrl");
        imageChecksum = config.optionalText("imageChecksum");
        imageDatastore = config.text("imageDatastore");
        snippetDatastore = config.text("snippetDatastore");
        vmDatastore = config.text("vmDatastore");
        bridge = config.text("bridge");
        gateway = existing.used() ? config.optionalText("gateway") : config.text("gateway");
        dnsServers = config.texts("dnsServers");
        adminUser = config.text("adminUser");
        authorizedKeys = config.texts("authorizedKeys");
        aptProxy = config.optionalText("aptProxy");
        guestAgent = config.flag("guestAgent");
        cloudInit = config.object("cloudInit");
        proxmoxPool = config.optionalText("proxmoxPool");
        Integer tag = config.number("vlan");
        vlan = tag == null || tag == 0 ? null : tag;
        searchDomain = config.text("searchDomain");
        proxmoxNodeAddresses = config.values("proxmoxNodeAddresses", node -> true);
        allowOneNode = config.flag("allowOneNode");
        allowSingleBalancer = config.flag("allowSingleBalancer");
        config.refuseUnknown(given);
    }

    /**
     * Refuses secrets that are set in plain text; to be called before {@link #cluster()}. Pulumi can't be told that a key is
     * secret: with a default, which is empty here, it then refuses every stack.
     *
     * @param encrypted the keys whose values are encrypted
     */
    void refusePlainSecrets(Set<String> encrypted) {
        config.refusePlainSecrets(encrypted);
    }

    /** What the configuration says of the program itself; to be asked for after {@link #cluster()}. */
    boolean drillsAllowed() {
        return drillsAllowed;
    }

    /** Name of the timing preset; to be asked for after {@link #cluster()}. */
    String timing() {
        return timing.name().toLowerCase(Locale.ROOT);
    }

    /** Where the provider finds Proxmox nodes by SSH, by their names; to be asked for after {@link #cluster()}. */
    Map<String, String> nodeAddresses() {
        return proxmoxNodeAddresses;
    }

    /** The keys that the program reads. */
    Set<String> known() {
        return config.known();
    }

    /**
     * The cluster that is configured.
     *
     * @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule
     */
    PostgresClusterArgs cluster() {
        check();
        problems.orThrow();
        return new PostgresClusterArgs(existing.used() ? existing.hosts(found(etcdHosts), found(postgresHosts))
                        : new VirtualHosts(specs(etcdHosts), specs(postgresHosts), site()), balancerHosts,
                new Database(clusterName, appUser, appDatabase, clientNetworks, allowAllNetworks,
                        new Timings(patroniTtl, patroniLoopWait, patroniRetryTimeout), synchronousMode,
                        new PostgresParameters(postgresParameters), PatroniExtra.of(patroniExtra), patroniPatches),
                new Frontend(vip, networkInterface, routerId, primaryPort, replicaPort, statsPort, timing.balancer(),
                        new HaproxyExtra(haproxyExtra, haproxyExtraPorts),
                        new ServerNames(certificateNames, Optional.ofNullable(endpointName))),
                new Access(sshNetworks, clientNetworks, directClientAccess),
                security(), fencing.fencing(), new AcceptedRisks(allowOneNode, allowSingleBalancer),
                new Upkeep(protect, new Again(repair, update)));
    }

    private Site site() {
        return new Site(imageUrl, Optional.ofNullable(imageChecksum), imageDatastore, snippetDatastore, vmDatastore,
                bridge, gateway, dnsServers, adminUser, authorizedKeys,
                Optional.ofNullable(aptProxy), guestAgent, new CloudInit(cloudInit),
                Optional.ofNullable(proxmoxPool), Optional.ofNullable(vlan), searchDomain);
    }

    private SecuritySettings security() {
        Optional<OwnAuthority> own = Optional.ofNullable(caCertificate)
                .map(pem -> new OwnAuthority(pem, Output.ofSecret(caPrivateKey)));
        return new SecuritySettings(
                rotation, Duration.ofDays(certificateDays), new CaGenerations(caTrust, caSign), own);
    }

    private void check() {
        Stream.of(etcdHosts, postgresHosts).filter(hosts -> hosts != null).flatMap(List::stream).forEach(host ->
                check(host));
        Frontend.check(problems, vip, networkInterface, routerId, primaryPort, replicaPort, statsPort);
        HaproxyExtra.check(problems, haproxyExtra, haproxyExtraPorts);
        Frontend.checkExtra(problems, haproxyExtra, primaryPort, replicaPort, statsPort);
        ServerNames.check(problems, certificateNames, endpointName);
        Access.check(problems, sshNetworks);
        Database.check(problems, clusterName, appUser, appDatabase, clientNetworks, allowAllNetworks);
        problems.require(postgresVersion, version -> version == PatroniCluster.POSTGRES_VERSION,
                "postgresVersion '%s' must be %s, which is what this version of pgha runs: docs/operations.md says how to move "
                        + "the data to another one", PatroniCluster.POSTGRES_VERSION);
        PostgresParameters.check(problems, postgresParameters);
        PostgresParameters.checkDurability(problems, postgresParameters, synchronousMode);
        PatroniExtra.check(problems, patroniExtra);
        Stream.ofNullable(postgresHosts).flatMap(List::stream).forEach(host ->
                PostgresParameters.checkMemory(problems, postgresParameters, host.label, host.memoryMb));
        SecuritySettings.check(problems, rotation, certificateDays, caTrust, caSign, caCertificate, caPrivateKey);
        Upkeep.check(problems, repair, update);
        if (!existing.used()) {
            fencing.check(problems);
            if (dnsServers != null && dnsServers.isEmpty() && aptProxy == null) {
                problems.add("dnsServers has no name server: it must have one, or aptProxy must be set, "
                        + "so that the machines find their packages");
            }
        }
        Timings.check(problems, patroniTtl, patroniLoopWait, patroniRetryTimeout);
        SiteRules.check(problems, imageUrl, imageChecksum, imageDatastore, snippetDatastore, vmDatastore, bridge,
                gateway, dnsServers, adminUser, authorizedKeys, aptProxy);
        SiteRules.check(problems, proxmoxPool, vlan, searchDomain);
        CloudInit.check(problems, cloudInit);
        NodeAddresses.check(problems, proxmoxNodeAddresses);
        existing.check(problems, config, clusterName, fencing.wanted());
        var rules = new ClusterRules(problems, machines(etcdHosts), machines(postgresHosts), balancerHosts,
                new AcceptedRisks(Boolean.TRUE.equals(allowOneNode), Boolean.TRUE.equals(allowSingleBalancer)));
        rules.check(vip, gateway, synchronousMode);
        rules.checkPorts(primaryPort, replicaPort, statsPort, haproxyExtra);
    }

    private void check(HostEntry host) {
        if (existing.used()) {
            ExistingHost.check(problems, host.label, host.name, host.address, host.user, host.hostKey, host.port,
                    host.memoryMb);
        } else {
            VmSpec.check(problems, host.label, host.name, host.address, host.vmId, host.node, host.cores, host.memoryMb,
                    host.diskGb, host.rebuild);
        }
    }

    /** A host as it is written in the configuration; what is missing, can't be read or isn't of its kind is null. */
    private record HostEntry(String label, String name, String address, Integer vmId, String node, Integer cores,
            Integer memoryMb, Integer diskGb, Integer rebuild, String user, String hostKey, Integer port) {
        HostEntry(String label) {
            this(label, null, null, null, null, null, null, null, null, null, null, null);
        }
    }

    /** Where a host is written. */
    private record Place(String name, int index, JsonObject entry) {}

    private List<HostEntry> hosts(String key, List<JsonElement> entries, Function<Place, HostEntry> read) {
        if (entries == null) {
            return null;
        }
        var hosts = new ArrayList<HostEntry>();
        for (int i = 0; i < entries.size(); i++) {
            String place = key + "[" + i + "]";
            if (entries.get(i).isJsonObject()) {
                hosts.add(read.apply(new Place(place, i, entries.get(i).getAsJsonObject())));
            } else {
                problems.add("%s must be an object with name, address and %s", place,
                        existing.used() ? ExistingSettings.HOST_KEY : "vmId");
                hosts.add(new HostEntry(place));
            }
        }
        return hosts;
    }

    private HostEntry virtualHost(Place place, NodeSpread nodes, int cores, int memoryMb, int diskGb) {
        var read = new EntryReader(place.name, place.entry, problems, "a host", "name, address and vmId");
        var host = new HostEntry(read.label(), read.text("name"), read.text("address"), read.number("vmId"),
                read.text("node", nodes.of(place.index)), read.number("cores", cores), read.number("memoryMb", memoryMb),
                read.number("diskGb", diskGb), read.number("rebuild", 0), null, null, null);
        read.refuseUnknown();
        return host;
    }

    /** Without a default of memory it must say how much it has. */
    private HostEntry existingHost(Place place, Integer memoryMb) {
        var read = new EntryReader(place.name, place.entry, problems, "a host that exists already",
                "name, address and hostKey" + (memoryMb == null ? ", and memoryMb for PostgreSQL" : ""));
        var host = new HostEntry(read.label(), read.text("name"), read.text("address"), null, null, null,
                memoryMb == null ? read.number("memoryMb") : read.number("memoryMb", memoryMb), null, null,
                read.text("user", existing.user()), read.text(ExistingSettings.HOST_KEY),
                read.number("port", existing.port()));
        for (String key : List.of("vmId", "node", "cores", "diskGb", "rebuild")) {
            read.refuse(key, "it is a virtual machine's, and hosts that exist already can't be mixed with those");
        }
        read.refuseUnknown();
        return host;
    }

    private static List<ClusterRules.Machine> machines(List<HostEntry> hosts) {
        return hosts == null ? null : hosts.stream().map(host -> new ClusterRules.Machine(
                host.label, host.name, host.address, host.vmId, host.node, host.memoryMb, host.port)).toList();
    }

    private static List<VmSpec> specs(List<HostEntry> hosts) {
        return hosts.stream().map(host -> new VmSpec(host.name, host.address, host.vmId, host.node, host.cores,
                host.memoryMb, host.diskGb, host.rebuild)).toList();
    }

    private List<ExistingHost> found(List<HostEntry> hosts) {
        return hosts.stream().map(host -> new ExistingHost(host.name, host.address, host.user, existing.privateKey(),
                host.hostKey, host.port, existing.jumpHost(), host.memoryMb)).toList();
    }
}
