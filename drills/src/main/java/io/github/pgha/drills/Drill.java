package io.github.pgha.drills;

import io.github.pgha.drills.cluster.Cluster;
import io.github.pgha.drills.cluster.Database;
import io.github.pgha.drills.cluster.Member;
import io.github.pgha.drills.cluster.Patroni;
import io.github.pgha.drills.cluster.Snapshot;
import io.github.pgha.drills.fault.Fault;
import io.github.pgha.drills.fault.Hold;
import io.github.pgha.drills.fault.Roles;
import io.github.pgha.drills.fault.Wound;
import io.github.pgha.drills.measure.FenceInstance;
import io.github.pgha.drills.measure.Fencing;
import io.github.pgha.drills.measure.Gaps;
import io.github.pgha.drills.measure.Ledger;
import io.github.pgha.drills.measure.Load;
import io.github.pgha.drills.measure.Statistics;
import io.github.pgha.drills.measure.Watcher;
import io.github.pgha.drills.report.Run;
import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Drills one cluster: breaks it, waits, heals it, waits until it is whole, and measures all the while. */
final class Drill implements AutoCloseable {
    private static final long POLL_MILLIS = 300;
    private static final Duration BASELINE = Duration.ofMillis(2500);
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final Duration SERVED = Duration.ofSeconds(60);
    private static final Duration HEALING = Duration.ofSeconds(30);
    private static final Duration VERIFY = Duration.ofSeconds(60);

    private static final String OTHERS = "FROM pg_stat_activity WHERE application_name = '" + Database.APPLICATION
            + "' AND usename = current_user AND pid <> pg_backend_pid()";
    // Sessions that outlived their clients hold locks on the tables.
    private static final String END_SESSIONS = "SELECT pg_terminate_backend(pid, 3000) " + OTHERS;

    private final Cluster cluster;
    private final Stack stack;
    private final Database database;
    // For what takes longer than a client would wait for one row.
    private final Database patient;
    private final Settings settings;
    private final Consumer<String> progress;
    private final String ledgerTable;
    private final Watcher watcher;
    private final Object surgery = new Object();
    private final List<Wound> wounds = new ArrayList<>();
    private boolean interrupted;
    private long lastId;

    /**
     * How to drill.
     *
     * @param writers        clients that write
     * @param readers        clients that read
     * @param connectTimeout of clients
     * @param socketTimeout  of clients
     * @param healWithin     how long a healed cluster may take to be whole
     */
    record Settings(int writers, int readers, Duration connectTimeout, Duration socketTimeout, Duration healWithin) {}

    /** @param label makes the names of the session's tables unique; letters, digits and underscores */
    Drill(Cluster cluster, Settings settings, String label, Consumer<String> progress) throws SQLException {
        this.cluster = cluster;
        this.stack = cluster.stack();
        this.settings = settings;
        this.progress = progress;
        database = new Database(stack, settings.connectTimeout(), settings.socketTimeout());
        patient = new Database(stack, Duration.ofSeconds(10), Duration.ofSeconds(30));
        ledgerTable = "pgha_drill.ledger_" + label;
        String probeTable = "pgha_drill.probe_" + label;
        try (Connection connection = patient.primary(); Statement statement = connection.createStatement()) {
            statement.execute(END_SESSIONS);
            statement.execute("CREATE SCHEMA IF NOT EXISTS pgha_drill");
            statement.execute("CREATE TABLE " + ledgerTable + " (id bigint PRIMARY KEY, writer int NOT NULL, "
                    + "at timestamptz NOT NULL DEFAULT clock_timestamp())");
            statement.execute("CREATE TABLE " + probeTable + " (member text NOT NULL, "
                    + "at timestamptz NOT NULL DEFAULT clock_timestamp())");
        }
        watcher = new Watcher(database, cluster.patroni(), stack.with(Host.POSTGRES), probeTable);
        watcher.start();
    }

    /** Runs one drill. If the cluster doesn't heal, the result says what it lacks. */
    Run run(Fault fault) throws IOException, InterruptedException {
        Snapshot before = awaitWhole(settings.healWithin(), Optional.empty());
        requireWhole(before);
        Wound undo = operate(() -> fault.preparation().inflict(cluster, roles(before)));
        Run run;
        try {
            run = measured(fault);
        } finally {
            heal(undo);
        }
        List<String> lacks = awaitWhole(settings.healWithin(), Optional.empty()).lacks(stack);
        return run.lacks().isEmpty() && !lacks.isEmpty() ? lacking(run, lacks) : run;
    }

    private Run measured(Fault fault) throws IOException, InterruptedException {
        Snapshot before = awaitWhole(settings.healWithin(), Optional.empty());
        requireWhole(before);
        var ledger = new Ledger(lastId);
        var load = new Load(database, ledgerTable, ledger, settings.writers(), settings.readers());
        load.start();
        awaitServed(load);
        Thread.sleep(BASELINE.toMillis());
        watcher.take();
        Map<String, FenceInstance> fencingBefore = cluster.fencing();
        List<String> notes = new ArrayList<>();

        progress.accept("breaking: " + fault.description());
        long broken = System.nanoTime();
        Wound wound = operate(() -> fault.infliction().inflict(cluster, roles(before)));
        Held held = hold(fault.hold(), before, load, broken, notes);
        long healing = System.nanoTime();
        if (interrupted()) {
            throw new InterruptedException("broken off");
        }
        progress.accept("healing after %.1f s: %s".formatted((healing - broken) / 1e9, fault.healing()));
        List<String> lacks = new ArrayList<>();
        try {
            heal(wound);
        } catch (IOException e) {
            lacks.add("healing failed: " + e.getMessage());
        }
        Snapshot after = awaitWhole(settings.healWithin(),
                fault.is(Fault.Trait.VIP_GOES_HOME) ? before.vipHolder() : Optional.empty());
        lacks.addAll(after.lacks(stack));
        long whole = System.nanoTime();
        if (fault.is(Fault.Trait.VIP_GOES_HOME) && lacks.isEmpty() && !after.vipHolder().equals(before.vipHolder())) {
            lacks.add("the virtual address did not go home to " + before.vipHolder().orElse("-"));
        }
        Thread.sleep(SETTLE.toMillis());
        load.stop();
        long end = System.nanoTime();
        Watcher.Sightings sightings = watcher.take();
        if (!watcher.indirect().isEmpty()) {
            notes.add("Watched through Patroni only, as they let the application log in through balancers alone: "
                    + String.join(", ", watcher.indirect()) + ".");
        }
        sightings.pairs().forEach((pair, count) -> notes.add("Two primaries in " + count + " samples: " + pair + "."));
        Fencing fencing = Fencing.between(fencingBefore, cluster.fencing());
        notes.addAll(cluster.fencingLog(fencingBefore));
        Optional<String> amiss = fault.demand()
                .flatMap(demand -> fencing.against(demand, !after.leader().equals(before.leader())))
                .or(held::amiss)
                .or(() -> fault.hold().moved(leadership(before), leadership(after)));
        Ledger.Verdict verdict = verdict(ledger, lacks, notes);
        long start = broken - (long) (Run.LEAD * 1e9);
        return new Run(fault.name(), clients(load.writes(), load.writeErrors().counts(), start, healing, end),
                clients(load.reads(), load.readErrors().counts(), start, healing, end), verdict, sightings,
                seconds(broken, healing), seconds(broken, held.whole().orElse(whole)), state(before),
                state(after), fencing, amiss, lacks, notes);
    }

    private Run lacking(Run run, List<String> lacks) {
        return new Run(run.fault(), run.writes(), run.reads(), run.verdict(), run.sightings(), run.healedAfter(),
                run.wholeAfter(), run.before(), run.after(), run.fencing(), run.amiss(), lacks, run.notes());
    }

    /** Whether Ctrl-C was pressed. */
    boolean interrupted() {
        synchronized (surgery) {
            return interrupted;
        }
    }

    /** Heals everything, waits, and lets no further drill begin; for Ctrl-C, from another thread than the drills'. */
    List<String> breakOff() throws InterruptedException {
        synchronized (surgery) {
            interrupted = true;
            return healAll();
        }
    }

    /** Heals everything and waits; returns what the cluster still lacks. */
    List<String> healAll() throws InterruptedException {
        synchronized (surgery) {
            for (Wound wound : List.copyOf(wounds)) {
                try {
                    healPatiently(wound);
                    wounds.remove(wound);
                } catch (IOException e) {
                    progress.accept("healing failed: " + e.getMessage());
                }
            }
        }
        return awaitWhole(settings.healWithin(), Optional.empty()).lacks(stack);
    }

    /** Removes the session's tables; not to be called while they are evidence. */
    void tidy() throws SQLException {
        try (Connection connection = patient.primary(); Statement statement = connection.createStatement()) {
            statement.execute(END_SESSIONS);
            statement.execute("DROP SCHEMA pgha_drill CASCADE");
        }
    }

    @Override
    public void close() {
        watcher.stop();
    }

    private interface Operation {
        Wound run() throws IOException, InterruptedException;
    }

    /** Does what leaves a wound, so that breaking off finds either nothing or the whole wound. */
    private Wound operate(Operation operation) throws IOException, InterruptedException {
        synchronized (surgery) {
            if (interrupted) {
                throw new InterruptedException("broken off");
            }
            Wound wound = operation.run();
            wounds.add(wound);
            return wound;
        }
    }

    private void heal(Wound wound) throws IOException, InterruptedException {
        synchronized (surgery) {
            if (!interrupted) {
                healPatiently(wound);
                wounds.remove(wound);
            }
        }
    }

    /** A host that has just come back may refuse for a moment. */
    private static void healPatiently(Wound wound) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + HEALING.toNanos();
        while (true) {
            try {
                wound.heal();
                return;
            } catch (IOException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    private Roles roles(Snapshot snapshot) throws IOException {
        return new Roles(host(snapshot.leader(), Host.POSTGRES), host(snapshot.vipHolder(), Host.BALANCER),
                host(snapshot.etcdLeader(), Host.ETCD));
    }

    private Host host(Optional<String> name, String role) throws IOException {
        return stack.with(role).stream().filter(host -> name.isPresent() && host.name().equals(name.get())).findFirst()
                .orElseThrow(() -> new IOException("it isn't known which host with the role " + role + " leads"));
    }

    private void requireWhole(Snapshot snapshot) throws IOException {
        List<String> lacks = snapshot.lacks(stack);
        if (!lacks.isEmpty()) {
            throw new IOException("The cluster isn't whole: " + String.join("; ", lacks) + ".");
        }
    }

    private void awaitServed(Load load) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (!load.allServedSince(begun)) {
            if (System.nanoTime() - begun > SERVED.toNanos()) {
                load.stop();
                throw new IOException("Not every client was served within " + SERVED.toSeconds() + " s. Writers: "
                        + load.writeErrors().counts() + ", readers: " + load.readErrors().counts() + ".");
            }
            Thread.sleep(50);
        }
    }

    /**
     * How a fault was kept.
     *
     * @param whole when the cluster was whole in spite of it, if it was
     * @param amiss what should have moved and didn't
     */
    private record Held(Optional<Long> whole, Optional<String> amiss) {
        static final Held MOVED = new Held(Optional.empty(), Optional.empty());
    }

    /** Keeps the fault. */
    private Held hold(Hold hold, Snapshot before, Load load, long broken, List<String> notes)
            throws InterruptedException {
        while (true) {
            long now = System.nanoTime();
            long age = now - broken;
            boolean served = now - load.lastWrite() < Duration.ofMillis(500).toNanos();
            if (age >= hold.atMost().toNanos()) {
                // A look may have taken until now, or only the writes may be missing, which the gap tells.
                if (hold.unmoved().isEmpty() || !moved(hold.until(), before)) {
                    return new Held(Optional.empty(), hold.unmoved());
                }
                if (!served) {
                    notes.add("What had to move did, but writes were not acknowledged again within %d s."
                            .formatted(hold.atMost().toSeconds()));
                }
                return Held.MOVED;
            }
            if (age >= hold.atLeast().toNanos() && hold.until() != Hold.Until.TIME
                    && hold.until() != Hold.Until.LEADER_STAYS) {
                if (served && moved(hold.until(), before)) {
                    return Held.MOVED;
                }
                if (hold.until() == Hold.Until.SETTLED && served
                        && cluster.memberLacks().isEmpty()
                        && cluster.look().lacks(stack).isEmpty()) {
                    return new Held(Optional.of(System.nanoTime()), Optional.empty());
                }
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private boolean moved(Hold.Until until, Snapshot before) throws InterruptedException {
        if (until == Hold.Until.VIP_MOVED) {
            Optional<String> holder = cluster.vipHolder();
            return holder.isPresent() && !holder.equals(before.vipHolder());
        }
        Optional<String> leader = cluster.patroni().cluster().flatMap(Patroni.View::leader)
                .filter(member -> member.state().equals("running")).map(Member::name);
        return leader.isPresent() && !leader.equals(before.leader());
    }

    /** Looks until the cluster is whole, and the virtual address at home if that is asked for, or the time is over. */
    private Snapshot awaitWhole(Duration atMost, Optional<String> home) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        long told = System.nanoTime();
        while (true) {
            List<String> lacks = cluster.memberLacks();
            boolean late = System.nanoTime() > deadline;
            // A look at everything costs enough to disturb what is measured: only once it can succeed.
            if (lacks.isEmpty() || late) {
                Snapshot snapshot = cluster.look();
                lacks = snapshot.lacks(stack);
                boolean atHome = home.isEmpty() || home.equals(snapshot.vipHolder());
                if (lacks.isEmpty() && atHome || late) {
                    return snapshot;
                }
            }
            if (System.nanoTime() - told > Duration.ofSeconds(10).toNanos()) {
                told = System.nanoTime();
                progress.accept("waiting: " + (lacks.isEmpty()
                        ? "the virtual address isn't home yet" : String.join("; ", lacks)));
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private Ledger.Verdict verdict(Ledger ledger, List<String> lacks, List<String> notes) throws InterruptedException {
        long after = lastId;
        lastId = ledger.lastId();
        long deadline = System.nanoTime() + VERIFY.toNanos();
        while (true) {
            try (Connection connection = patient.primary()) {
                orphans(connection, notes);
                return ledger.judge(Load.present(connection, ledgerTable, after, lastId));
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    lacks.add("the ledger can't be read: " + e.getMessage());
                    notes.add("Whether rows were lost isn't known.");
                    return new Ledger.Verdict(0, 0, List.of(), List.of());
                }
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    /** Notes the sessions that are still there though their clients have left: somebody between keeps them open. */
    private void orphans(Connection connection, List<String> notes) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT host(client_addr), count(*) " + OTHERS
                        + " AND state_change < now() - interval '2 s' GROUP BY 1 ORDER BY 1")) {
            while (rows.next()) {
                String from = rows.getString(1);
                String balancer = stack.with(Host.BALANCER).stream().filter(host -> host.address().equals(from))
                        .map(Host::name).findFirst().orElse(null);
                if (balancer != null) {
                    notes.add("The balancer " + balancer + " keeps " + rows.getInt(2)
                            + " sessions open whose clients have left.");
                }
            }
        }
    }

    private static Run.Clients clients(List<long[]> each, Map<String, Integer> errors, long start, long healing,
            long end) {
        long[] all = Load.together(each);
        double worst = each.stream().mapToDouble(one -> Gaps.longest(one, start, end).seconds()).max().orElse(0);
        return new Run.Clients(Statistics.rounded(Gaps.longest(all, start, end).seconds()),
                Statistics.rounded(Gaps.longestThatBegins(all, start, end, start, healing).seconds()),
                Statistics.rounded(Gaps.longestThatBegins(all, start, end, healing, Long.MAX_VALUE).seconds()),
                Statistics.rounded(worst), errors, perTick(all, start, end));
    }

    private static List<Integer> perTick(long[] times, long start, long end) {
        long tick = 100_000_000;
        int[] counts = new int[(int) ((end - start) / tick) + 1];
        for (long time : times) {
            if (time >= start && time <= end) {
                counts[(int) ((time - start) / tick)]++;
            }
        }
        return java.util.Arrays.stream(counts).boxed().toList();
    }

    private static double seconds(long from, long to) {
        return Statistics.rounded((to - from) / 1e9);
    }

    private static String leadership(Snapshot snapshot) {
        return snapshot.leader().orElse("-") + " (timeline " + snapshot.timeline() + ")";
    }

    private static Run.State state(Snapshot snapshot) {
        return new Run.State(snapshot.leader().orElse("-"), snapshot.timeline(), snapshot.vipHolder().orElse("-"));
    }
}
