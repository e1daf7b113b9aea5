package io.github.pgha.drills;

import io.github.pgha.drills.cluster.Agent;
import io.github.pgha.drills.cluster.Cluster;
import io.github.pgha.drills.cluster.NodePower;
import io.github.pgha.drills.cluster.Proxmox;
import io.github.pgha.drills.cluster.SandboxApi;
import io.github.pgha.drills.cluster.Snapshot;
import io.github.pgha.drills.fault.Catalogue;
import io.github.pgha.drills.fault.Fault;
import io.github.pgha.drills.fault.SkippedException;
import io.github.pgha.drills.report.Page;
import io.github.pgha.drills.report.Report;
import io.github.pgha.drills.report.Run;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line. */
@Command(name = "drill", mixinStandardHelpOptions = true, sortOptions = false, usageHelpWidth = 120,
        description = "Breaks a running cluster on purpose, measures what clients see, and proves that nothing "
                + "acknowledged is lost.",
        exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
            "0:every drill passed",
            "1:rows were lost, two primaries took writes, the cluster did not heal, or what had to move didn't",
            "2:bad input, a cluster that may not or can't be drilled, or a fault that could not be inflicted",
            "130:broken off; what was broken is healed"})
public final class Main implements Callable<Integer> {
    /** Held, since settings of a logger that nobody holds are forgotten. */
    private static final Logger DRIVER_LOG = Logger.getLogger("org.postgresql");

    private static final int PASSED = 0;
    private static final int FAILED = 1;
    private static final int REFUSED = 2;

    @Option(names = "--stack", paramLabel = "FILE",
            description = "What 'pulumi stack output --json --show-secrets' prints; - for standard input (default)")
    private String stackFile = "-";

    @Option(names = "--list", description = "List all faults and end")
    private boolean list;

    @Option(names = "--fault", paramLabel = "NAME",
            description = "A fault to drill, or all that begin so, such as 'fencing-*'; can be repeated "
                    + "(default: the short set)")
    private List<String> faults = new ArrayList<>();

    @Option(names = "--full", description = "Drill all faults")
    private boolean full;

    @Option(names = "--runs", paramLabel = "N", description = "How often each (default: ${DEFAULT-VALUE})")
    private int runs = 1;

    @Option(names = "--chaos", paramLabel = "DURATION",
            description = "Drill faults at random for this long, such as 30m")
    private String chaos;

    @Option(names = "--seed", paramLabel = "N", description = "Determines the sequence of --chaos (default: random)")
    private Long seed;

    @Option(names = "--writers", paramLabel = "N", description = "Clients that write (default: ${DEFAULT-VALUE})")
    private int writers = 8;

    @Option(names = "--readers", paramLabel = "N", description = "Clients that read (default: ${DEFAULT-VALUE})")
    private int readers = 4;

    @Option(names = "--connect-timeout", paramLabel = "DURATION",
            description = "Of clients (default: ${DEFAULT-VALUE})")
    private String connectTimeout = "2s";

    @Option(names = "--socket-timeout", paramLabel = "DURATION",
            description = "Of clients (default: ${DEFAULT-VALUE})")
    private String socketTimeout = "3s";

    @Option(names = "--heal-within", paramLabel = "DURATION",
            description = "How long a healed cluster may take to be whole again (default: ${DEFAULT-VALUE})")
    private String healWithin = "3m";

    @Option(names = "--preset", paramLabel = "NAME",
            description = "Name of the cluster's settings in the report "
                    + "(default: the stack's output 'timing', else 'default')")
    private String preset;

    @Option(names = "--report", paramLabel = "FOLDER",
            description = "Where the report goes (default: ${DEFAULT-VALUE})")
    private Path folder = Path.of("target", "report");

    @Option(names = "--yes-break-it", description = "Drill a stack though it doesn't say that it may be drilled")
    private boolean yesBreakIt;

    private final Map<String, String> environment;
    private final InputStream input;
    private final List<Run> done = new ArrayList<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();
    private final LocalDateTime begun = LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS);
    private Stack stack;

    Main(Map<String, String> environment, InputStream input) {
        this.environment = environment;
        this.input = input;
    }

    /** Runs the command. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        // Connections that break are what a drill is about: they are counted, not logged.
        DRIVER_LOG.setLevel(Level.OFF);
        System.exit(commandLine(new Main(System.getenv(), System.in)).execute(args));
    }

    static CommandLine commandLine(Main main) {
        return OneSentence.of(main, "drill", REFUSED);
    }

    @Override
    public Integer call() throws IOException, InterruptedException, SQLException {
        if (list) {
            Catalogue.all().forEach(fault -> System.out.printf("%-22s %s. %s.%s%n", fault.name(), fault.description(),
                    fault.healing(), fault.is(Fault.Trait.SHORT) ? " (short set)"
                            : fault.is(Fault.Trait.SANDBOX) ? " (sandbox only)" : ""));
            return PASSED;
        }
        if (writers < 1 || readers < 1) {
            throw new IllegalArgumentException("--writers and --readers must be at least 1.");
        }
        Optional<SandboxApi> sandbox = SandboxApi.of(environment);
        Optional<NodePower> nodePower = NodePower.of(environment);
        List<Fault> wanted = chaos == null ? possible(Selection.of(faults, full, runs),
                fault -> Permission.refusal(fault, sandbox.isPresent(), nodePower.isPresent())) : List.of();
        var settings = new Drill.Settings(writers, readers, Selection.duration("--connect-timeout", connectTimeout),
                Selection.duration("--socket-timeout", socketTimeout), Selection.duration("--heal-within", healWithin));
        Iterator<Fault> random = chaos == null ? null : chaosOrder(Selection.duration("--chaos", chaos));
        prepareFolder();
        stack = StackFile.read(stackFile, input);
        refuse(Permission.refusal(stack, yesBreakIt));
        // Of a random sequence those that can't be tried are left out when it is their turn.
        List<Fault> chosen = possible(chaos == null ? wanted : Catalogue.all(),
                fault -> Permission.refusal(fault, stack));
        Iterator<Fault> order = chaos == null ? chosen.iterator() : random;
        boolean power = chosen.stream().anyMatch(fault -> fault.is(Fault.Trait.PROXMOX));
        try (var cluster = new Cluster(stack, Agent.of(environment),
                power ? Optional.of(Proxmox.of(environment)) : Optional.empty(), sandbox, nodePower)) {
            cluster.checkReach();
            Snapshot snapshot = cluster.look();
            refuse(Permission.refusal(stack, snapshot.lacks(stack)));
            say("%s leads, %s holds %s, %s leads etcd".formatted(snapshot.leader().orElseThrow(),
                    snapshot.vipHolder().orElseThrow(), stack.vip(), snapshot.etcdLeader().orElse("nobody")));
            return drill(cluster, settings, order, chaos == null ? chosen.size() : 0);
        }
    }

    /** Without the faults that can't be tried here; one that was asked for by its name is refused instead. */
    private List<Fault> possible(List<Fault> wanted, Function<Fault, Optional<String>> why) {
        List<Fault> possible = new ArrayList<>();
        for (Fault fault : wanted) {
            Optional<String> refusal = why.apply(fault);
            if (faults.contains(fault.name())) {
                refuse(refusal);
            }
            refusal.ifPresentOrElse(reason -> skipped.put(fault.name(), reason), () -> possible.add(fault));
        }
        return possible;
    }

    private int drill(Cluster cluster, Drill.Settings settings, Iterator<Fault> order, int total)
            throws IOException, InterruptedException, SQLException {
        String label = begun.format(DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss"));
        try (var drill = new Drill(cluster, settings, label, this::say)) {
            var hook = new Thread(() -> breakOff(drill), "break-off");
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                int number = 0;
                while (order.hasNext() && (done.isEmpty() || done.get(done.size() - 1).healed())) {
                    Fault fault = order.next();
                    if (!skipped.containsKey(fault.name())) {
                        say("[%d%s] %s".formatted(++number, total == 0 ? "" : "/" + total, fault.name()));
                        drillOne(cluster, drill, fault);
                    }
                }
            } finally {
                if (drill.interrupted()) {
                    // The hook needs the cluster, and ends the program.
                    Thread.sleep(Long.MAX_VALUE);
                }
                Runtime.getRuntime().removeShutdownHook(hook);
            }
            // Nothing drilled is nothing shown.
            boolean passed = !done.isEmpty() && report().passed();
            summary(passed);
            if (passed) {
                tidy(drill);
            }
            return passed ? PASSED : FAILED;
        }
    }

    private void drillOne(Cluster cluster, Drill drill, Fault fault) throws IOException, InterruptedException {
        try {
            Run run = drill.run(fault);
            say(Page.sentence(run));
            run.notes().forEach(this::say);
            run.amiss().ifPresent(this::say);
            done.add(run);
            write();
            if (!run.passed()) {
                evidence(cluster, run);
            }
        } catch (SkippedException e) {
            say("skipped: " + e.getMessage());
            skipped.put(fault.name(), e.getMessage());
            write();
        } catch (IOException | RuntimeException e) {
            if (!drill.interrupted()) {
                say("failed: " + e.getMessage() + "; healing");
                List<String> lacks = drill.healAll();
                say(outcome(lacks));
            }
            throw e;
        }
    }

    private void breakOff(Drill drill) {
        say("broken off: healing what is broken");
        try {
            List<String> lacks = drill.breakOff();
            say(outcome(lacks));
            tidy(drill);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String outcome(List<String> lacks) {
        return lacks.isEmpty() ? "the cluster is whole again" : "the cluster still lacks: " + String.join("; ", lacks);
    }

    private void tidy(Drill drill) {
        try {
            drill.tidy();
        } catch (SQLException e) {
            say("the schema pgha_drill is left behind in the database: " + e.getMessage());
        }
    }

    private Iterator<Fault> chaosOrder(Duration duration) {
        if (full || !faults.isEmpty()) {
            throw new IllegalArgumentException("--chaos excludes --full and --fault.");
        }
        long used = seed == null ? ThreadLocalRandom.current().nextLong(1, Integer.MAX_VALUE) : seed;
        say("chaos for " + chaos + " with --seed " + used);
        Iterator<Fault> all = Selection.chaos(used).iterator();
        return new Iterator<>() {
            // From the first fault on: what comes before it is no drill.
            private long end;

            @Override
            public boolean hasNext() {
                long now = System.nanoTime();
                if (end == 0) {
                    end = now + duration.toNanos();
                }
                return now < end;
            }

            @Override
            public Fault next() {
                return all.next();
            }
        };
    }

    private void prepareFolder() {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, ".try", ""));
        } catch (IOException e) {
            throw new IllegalArgumentException("--report '" + folder + "' must be a folder that can be written to.", e);
        }
    }

    private void refuse(Optional<String> refusal) {
        refusal.ifPresent(sentence -> {
            throw new IllegalArgumentException(sentence);
        });
    }

    private Report report() {
        String label = preset != null ? preset : stack.timing().orElse("default");
        String title = "%d hosts behind %s, %s".formatted(stack.hosts().size(), stack.vip(),
                begun.format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm")));
        return new Report(label, title, List.copyOf(done), skipped);
    }

    private void write() throws IOException {
        Report report = report();
        Files.writeString(folder.resolve("report.json"), report.json());
        Files.writeString(folder.resolve("index.html"), Page.render(report, Catalogue.all()));
    }

    /** Leaves what a person needs to find out why a drill failed. */
    private void evidence(Cluster cluster, Run run) throws IOException, InterruptedException {
        Path where = Files.createDirectories(folder.resolve("evidence").resolve(
                run.fault() + "-" + begun.format(DateTimeFormatter.ofPattern("HHmmss")) + "-" + done.size()));
        Files.writeString(where.resolve("run.txt"), Page.sentence(run) + "\nlacks: " + run.lacks() + "\namiss: "
                + run.amiss().orElse("nothing") + "\nlost ids: " + run.verdict().lost()
                + "\nids that should not be there: " + run.verdict().uninvited() + "\n");
        for (var entry : cluster.ask(EVIDENCE).entrySet()) {
            Files.writeString(where.resolve(entry.getKey() + ".txt"), entry.getValue());
        }
        say("evidence is in " + where + "; the session's tables in the schema pgha_drill are kept");
    }

    private static final String EVIDENCE = """
            systemctl --failed --no-legend || true
            ip -brief address || true
            ! command -v patronictl >/dev/null || patronictl list || true
            journalctl --quiet --no-pager --since -10min -u patroni -u etcd -u haproxy -u keepalived -u pgha-fence |
              tail -n 500
            """;

    private void summary(boolean passed) {
        report().byFault().forEach((name, all) -> {
            Run worst = all.stream().max(java.util.Comparator.comparingDouble(run -> run.writes().gap())).orElseThrow();
            System.out.printf("%-22s runs %d  worst write gap %6.2f s  read gap %6.2f s  whole after %6.2f s  %s%n",
                    name, all.size(), worst.writes().gap(),
                    all.stream().mapToDouble(run -> run.reads().gap()).max().orElse(0),
                    all.stream().mapToDouble(Run::wholeAfter).max().orElse(0),
                    all.stream().allMatch(Run::passed) ? "passed" : "FAILED");
        });
        skipped.forEach((name, why) -> System.out.printf("%-22s skipped: %s%n", name, why));
        say((passed ? "passed" : "FAILED") + ": " + folder.resolve("index.html"));
    }

    private void say(String text) {
        System.out.println(LocalTime.now().format(DateTimeFormatter.ofPattern("HH:mm:ss")) + " " + text);
    }
}
