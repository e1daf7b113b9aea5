package io.github.pgha;

import io.github.pgha.balancer.Frontend;
import io.github.pgha.balancer.HaproxyExtra;
import io.github.pgha.balancer.ServerNames;
import io.github.pgha.firewall.Access;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.PatroniExtra;
import io.github.pgha.patroni.PostgresParameters;
import io.github.pgha.patroni.SynchronousMode;
import io.github.pgha.patroni.Timings;
import io.github.pgha.proxmox.CloudInit;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.rules.InvalidInputException;
import io.github.pgha.secret.SecuritySettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ArbitrarySupplier;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Whole clusters as users might ask for them, with rude texts wherever a text goes, and limits wherever a number goes:
 * those that are accepted.
 */
public final class ClusterInputs implements ArbitrarySupplier<PostgresClusterArgs> {
    private static final String PREFIX = "/24";
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFLZM/Wnm6bDyTyROTjrGsF2wrINdkahMDCS62vQGfO8";
    /** What PostgreSQL takes, or what is refused before. */
    private static final Map<String, List<String>> OTHERS = Map.of(
            "work_mem", List.of("64kB", "16MB", " 1 GB", "65536", "1.5MB", "0x1000"),
            "max_connections", List.of("25", "300", "0x100", "1e2", " 256", "0777", "99"),
            "max_wal_senders", List.of("3", "10", "1"),
            "wal_keep_size", List.of("16", "16MB", "16384kB", "1.5GB", "0", "15MB"),
            "shared_buffers", List.of("128MB", "16384", "0x4000", "1GB", "1TB"),
            "random_page_cost", List.of("1", "1.5", "0", "1e1"),
            "track_commit_timestamp", List.of("on", "off", "tru", "yes", "0"),
            "max_prepared_transactions", List.of("0", "100", "-1"),
            "synchronous_commit", List.of("on", "remote_apply", "off"),
            "search_path", List.of("", "\"$user\", public", "\"it's 100 %\", b"));

    @Override
    public Arbitrary<PostgresClusterArgs> get() {
        return accepted();
    }

    /** Clusters. */
    public static Arbitrary<PostgresClusterArgs> accepted() {
        return Combinators.combine(etcdHosts(), postgresHosts(), Arbitraries.integers().between(1, 5), site(),
                        database(), frontend(), networks(0), Arbitraries.of(true, false))
                .as((etcd, postgres, balancers, site, database, frontend, ssh, direct) -> new PostgresClusterArgs(
                        etcd, postgres, etcd.stream().map(VmSpec::name).limit(balancers).toList(), site, database,
                        frontend, new Access(ssh, database.clientNetworks(), direct), SecuritySettings.DEFAULT,
                        Optional.empty(), new AcceptedRisks(true, true)))
                .ignoreException(InvalidInputException.class)
                // There are so many of all parts that they alone would be most of the work.
                .withoutEdgeCases();
    }

    /** What the machines of a cluster have in common. */
    public static Site site(PostgresClusterArgs args) {
        return ((VirtualHosts) args.hosts()).site();
    }

    private static Arbitrary<List<VmSpec>> etcdHosts() {
        return Arbitraries.of(3, 3, 5).flatMap(size -> hosts(size, 20));
    }

    private static Arbitrary<List<VmSpec>> postgresHosts() {
        return Arbitraries.of(1, 2, 3, 3, 4).flatMap(size -> hosts(size, 120));
    }

    /** Of one network with the virtual address; numbers of hosts start behind {@code first}. */
    private static Arbitrary<List<VmSpec>> hosts(int size, int first) {
        var memory = Arbitraries.frequencyOf(Tuple.of(4, Arbitraries.integers().between(1024, 4096)),
                Tuple.of(1, Arbitraries.of(1024, 1025, 1_048_576, 16_777_215, 16_777_216)));
        return Combinators.combine(hostNames().list().ofSize(size).uniqueElements(), memory.list().ofSize(size))
                .as((names, memories) -> {
                    var specs = new ArrayList<VmSpec>();
                    for (int i = 0; i < size; i++) {
                        int number = first + 7 * i + names.get(i).length() % 7;
                        specs.add(new VmSpec(names.get(i), "10.20.30." + number + PREFIX, 100 + first + i, "pve", 1,
                                memories.get(i), 10));
                    }
                    return List.copyOf(specs);
                });
    }

    private static Arbitrary<String> hostNames() {
        return Rude.names().filter(name -> Rude.accepted(
                () -> new VmSpec(name, "10.0.0.1/24", 100, "pve", 1, 1024, 8)));
    }

    private static Arbitrary<Site> site() {
        var keys = Rude.texts().map(comment -> KEY + " " + comment)
                .filter(key -> Rude.accepted(() -> site("pgha", List.of(key), Optional.empty(), CloudInit.NONE)))
                .list().ofMaxSize(2);
        var users = Rude.names().filter(name -> Rude.accepted(
                () -> site(name, List.of(), Optional.empty(), CloudInit.NONE)));
        var proxies = Arbitraries.frequencyOf(
                        Tuple.of(2, Arbitraries.of(
                                "http://10.20.30.1:3142", "https://proxy.example.org/", "HTTP://a:65535")),
                        Tuple.of(1, Rude.texts().map(text -> "http://user:" + text + "@proxy:3128/")))
                .filter(url -> Rude.accepted(() -> site("pgha", List.of(), Optional.of(url), CloudInit.NONE)))
                .optional();
        return Combinators.combine(users, keys, proxies, cloudInit()).as(ClusterInputs::site);
    }

    private static Site site(String user, List<String> keys, Optional<String> proxy, CloudInit cloudInit) {
        return new Site("https://example.org/a.qcow2", Optional.empty(), "local", "local", "local-lvm", "vmbr0",
                "10.20.30.1", List.of("10.20.30.1"), user, keys, proxy, true, cloudInit);
    }

    /** What is added to the first boot: any values under keys of cloud-config. */
    public static Arbitrary<CloudInit> cloudInit() {
        Arbitrary<String> keys = Arbitraries.of("runcmd", "bootcmd", "timezone", "locale", "swap", "final_message",
                "write_files", "packages", "users", "ssh_keys");
        Arbitrary<Object> leaves = Arbitraries.oneOf(
                Rude.texts().asGeneric(), Arbitraries.integers().asGeneric(), Arbitraries.longs().asGeneric(),
                Arbitraries.of(0.0, -0.0, 1.5, 1.0e10, 1.0e22, 1.0e-7, -1.0e300, Double.MIN_VALUE).asGeneric(),
                Arbitraries.of(true, false).asGeneric()).injectNull(0.1);
        Arbitrary<Object> values = Arbitraries.oneOf(List.of(
                leaves,
                leaves.list().ofMaxSize(3).asGeneric(),
                Arbitraries.maps(Rude.texts(), leaves).ofMaxSize(3).asGeneric(),
                Combinators.combine(Rude.texts(), Rude.texts()).as((path, content) ->
                        (Object) List.of(Map.of("path", "/" + path, "content", content)))));
        return Arbitraries.maps(Arbitraries.frequencyOf(Tuple.of(6, keys), Tuple.of(1, Rude.names())), values)
                .ofMaxSize(3).map(CloudInit::new).ignoreException(InvalidInputException.class);
    }

    private static Arbitrary<Database> database() {
        var names = Rude.names().filter(name -> Rude.accepted(() -> database(name, "app", "app")));
        var users = Rude.names().filter(name -> Rude.accepted(() -> database("pgha", name, "app")));
        var databases = Rude.names().filter(name -> Rude.accepted(() -> database("pgha", "app", name)));
        var timings = Combinators.combine(Arbitraries.integers().between(20, 300),
                Arbitraries.integers().between(1, 30), Arbitraries.integers().between(3, 60))
                .as(Timings::new).ignoreException(InvalidInputException.class);
        return Combinators.combine(names, users, databases, networks(8), timings, Arbitraries.of(SynchronousMode.class),
                parameters(), Combinators.combine(patroniExtra(), Arbitraries.of(true, false)).as(Map::entry)).as(
                        (name, user, database, networks, times, mode, parameters, patroni) -> new Database(name, user, database,
                                networks, false, times, mode, parameters, patroni.getKey(), patroni.getValue()))
                .ignoreException(InvalidInputException.class);
    }

    private static Database database(String name, String user, String database) {
        return new Database(name, user, database, List.of("10.0.0.0/8"), false, Timings.DEFAULT);
    }

    /** Parameters: texts that PostgreSQL takes as they are, and others of which it knows what is right. */
    public static Arbitrary<PostgresParameters> parameters() {
        var texts = Arbitraries.maps(Arbitraries.of("log_line_prefix", "archive_command", "restore_command",
                "app.greeting", "_shop2._x"), Rude.texts()).ofMaxSize(3);
        Arbitrary<List<String>> others = Arbitraries.of(OTHERS.entrySet()).flatMap(parameter ->
                Arbitraries.of(parameter.getValue()).map(value -> List.of(parameter.getKey(), value)));
        return Combinators.combine(texts, others.list().ofMaxSize(3)).as((some, more) -> {
            var all = new LinkedHashMap<>(some);
            more.forEach(pair -> all.put(pair.get(0), pair.get(1)));
            return new PostgresParameters(all);
        }).ignoreException(InvalidInputException.class);
    }

    /** Settings of Patroni: texts wherever one may be, and numbers at their limits. */
    public static Arbitrary<PatroniExtra> patroniExtra() {
        Arbitrary<Map<String, Object>> dynamic = some(Map.of(
                "maximum_lag_on_failover", Arbitraries.of(0, 1048576, Long.MAX_VALUE, -1).asGeneric(),
                "primary_start_timeout", Arbitraries.of(0, 300, Integer.MAX_VALUE).asGeneric(),
                "member_slots_ttl", Arbitraries.of(0, "30min", "1 h", "2 weeks").asGeneric(),
                "check_timeline", Arbitraries.of(true, false).asGeneric(),
                "slots", Arbitraries.maps(Rude.texts(), Rude.texts().map(text -> Map.of("database", text)))
                        .ofMaxSize(2).asGeneric(),
                "ignore_slots", Rude.texts().map(text -> List.of(Map.of("name", text))).asGeneric(),
                "postgresql", section(),
                "ttl", Arbitraries.just(30).asGeneric()));
        Arbitrary<Map<String, Object>> local = some(Map.of(
                "log", some(Map.of("level", Arbitraries.of("DEBUG", "INFO").asGeneric(),
                        "mode", Arbitraries.of(0, 511).asGeneric(),
                        "dir", Arbitraries.of("/var/log/postgresql", "/var/lib/postgresql/a b").asGeneric(),
                        "static_fields", textsByName())).asGeneric(),
                "tags", textsByName(),
                "watchdog", some(Map.of("mode", Arbitraries.of("off", "automatic", false).asGeneric(),
                        "safety_margin", Arbitraries.of(-1, 5).asGeneric())).asGeneric(),
                "postgresql", section()));
        return Combinators.combine(dynamic, local).as(PatroniExtra::new).ignoreException(InvalidInputException.class);
    }

    private static Arbitrary<Object> section() {
        return some(Map.of("pg_ctl_timeout", Arbitraries.of(0, 90).asGeneric(),
                "callbacks", Arbitraries.maps(Arbitraries.of("on_start", "on_stop"), Rude.texts())
                        .ofMaxSize(2).asGeneric(),
                "remove_data_directory_on_rewind_failure", Arbitraries.of(true, false).asGeneric(),
                "mine", Rude.texts().map(text -> Map.of("command", text, "no_params", true)).asGeneric(),
                "pre_promote", Rude.texts().asGeneric())).asGeneric();
    }

    private static Arbitrary<Object> textsByName() {
        return Arbitraries.maps(Rude.texts(), Rude.texts()).ofMaxSize(2).asGeneric();
    }

    /** Some of the values by their names. */
    private static Arbitrary<Map<String, Object>> some(Map<String, Arbitrary<Object>> values) {
        return Arbitraries.subsetOf(new TreeSet<>(values.keySet())).flatMap(names -> {
            var chosen = List.copyOf(names);
            return Combinators.combine(chosen.stream().map(values::get).toList()).as(all -> {
                Map<String, Object> some = new LinkedHashMap<>();
                for (int i = 0; i < chosen.size(); i++) {
                    some.put(chosen.get(i), all.get(i));
                }
                return some;
            });
        });
    }

    /** Networks, one inside the other or the same again among them. */
    private static Arbitrary<List<String>> networks(int leastPrefix) {
        return Combinators.combine(Arbitraries.of("0.0.0.0", "10.0.0.0", "10.20.30.0", "10.20.30.128", "10.20.30.20",
                        "192.168.124.0", "255.255.255.255", "172.16.0.1", "\u0661\u0660.0.0.0"),
                        Arbitraries.integers().between(0, 32))
                .as((address, prefix) -> address + "/" + prefix)
                .filter(text -> Rude.accepted(() -> new Access(List.of(text), List.of(), false))
                        && Integer.parseInt(text.substring(text.indexOf('/') + 1)) >= leastPrefix)
                .list().ofMinSize(1).ofMaxSize(5);
    }

    private static Arbitrary<ServerNames> names() {
        var all = Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.of("db", "*.db.example.org", "DB-1.example.org", "xn--bcher-kva.example")),
                Tuple.of(1, Rude.names()));
        return Combinators.combine(all.list().ofMaxSize(3), all.optional()).as(ServerNames::new)
                .ignoreException(InvalidInputException.class);
    }

    private static Arbitrary<Frontend> frontend() {
        var interfaces = Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.of("ens18", "eth0.100", "br-lan_1", "dev", "0")),
                Tuple.of(1, Rude.names())).filter(name -> Rude.accepted(
                        () -> new Frontend("10.20.30.250/24", name, 1, 5000, 5001, 7000)));
        var ports = Arbitraries.integers().between(1, 65535);
        return Combinators.combine(interfaces, Arbitraries.integers().between(1, 255), ports, ports, ports,
                Arbitraries.of(Timing.class), Combinators.combine(extra(), names()).as(Map::entry)).as(
                        (name, id, primary, replica, statistics, timing, more) ->
                        new Frontend("10.20.30.250" + PREFIX, name, id, primary, replica, statistics,
                                timing.balancer(), more.getKey(), more.getValue()))
                .ignoreException(InvalidInputException.class);
    }

    /** Sections that HAProxy takes: its own rules are its own to judge. The comments may have any text. */
    private static Arbitrary<HaproxyExtra> extra() {
        var names = Rude.names().map(name -> name.replaceAll("[^A-Za-z0-9_.:-]", ""));
        var section = Combinators.combine(Rude.texts(), names, Arbitraries.integers().between(1, 65535))
                .as((comment, name, port) -> new HaproxyExtra("# " + comment + "\n\tlisten x-" + name
                        + "\n    bind *:" + port + "\n    server s 10.0.0.1:80\n", List.of(port)))
                .ignoreException(InvalidInputException.class);
        return Arbitraries.frequencyOf(Tuple.of(2, Arbitraries.just(HaproxyExtra.NONE)), Tuple.of(1, section));
    }
}
