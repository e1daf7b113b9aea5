package io.github.pgha.drills.measure;

import io.github.pgha.drills.cluster.Database;
import io.github.pgha.drills.cluster.Patroni;
import io.github.pgha.drills.stack.Host;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Asks all members, each directly and side by side, whether they are primaries. Two that say so at once are a
 * suspicion: then a row is written to the first, to the second, and to the first again. Only if all three are committed
 * were there two writable primaries at the same time: a sample of split brain. (A member that says that it is a
 * primary, but whose commits wait for a standby that it no longer has, takes no writes.)
 *
 * <p>Members that don't let the application log in directly are asked through Patroni's REST interface; then two
 * primaries count as split brain without a trial.
 */
public final class Watcher {
    private static final long PACE_MILLIS = 150;

    private final List<Eye> eyes = new ArrayList<>();
    private final String probeTable;
    private final Thread thread = new Thread(this::watch, "watcher");
    private volatile boolean stopping;
    private int samples;
    private int twoPrimaries;
    private int splitBrains;
    private final Map<String, Integer> pairs = new LinkedHashMap<>();

    /**
     * What was seen.
     *
     * @param samples      how often all members were asked
     * @param twoPrimaries how often two said that they are primaries
     * @param splitBrains  how often two did accept writes
     * @param pairs        which two, and how often
     */
    public record Sightings(int samples, int twoPrimaries, int splitBrains, Map<String, Integer> pairs) {}

    /** @param probeTable where trial rows go */
    public Watcher(Database database, Patroni patroni, List<Host> members, String probeTable) {
        this.probeTable = probeTable;
        members.forEach(member -> eyes.add(new Eye(member, database, patroni)));
        thread.setDaemon(true);
    }

    /** Begins. */
    public void start() {
        thread.start();
    }

    /** Names of the members that can only be asked through Patroni; known after the first samples. */
    public List<String> indirect() {
        return eyes.stream().filter(eye -> !eye.direct).map(eye -> eye.member.name()).toList();
    }

    /** What was seen since the last call. */
    public synchronized Sightings take() {
        var seen = new Sightings(samples, twoPrimaries, splitBrains, new LinkedHashMap<>(pairs));
        samples = 0;
        twoPrimaries = 0;
        splitBrains = 0;
        pairs.clear();
        return seen;
    }

    /** Ends. */
    public void stop() {
        stopping = true;
        eyes.forEach(Eye::close);
    }

    private void watch() {
        try {
            while (!stopping) {
                sample();
                Thread.sleep(PACE_MILLIS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the watcher", e);
        }
    }

    private void sample() throws InterruptedException {
        // A member that is slow to answer is asked again only once it has answered, and holds up nobody.
        List<Eye> asked = eyes.stream().filter(Eye::ask).toList();
        long deadline = System.nanoTime() + PACE_MILLIS * 1_000_000;
        List<Eye> primaries = new ArrayList<>();
        for (Eye eye : asked) {
            if (eye.primaryBy(deadline)) {
                primaries.add(eye);
            }
        }
        boolean split = primaries.size() > 1 && bothTakeWrites(primaries.get(0), primaries.get(1));
        synchronized (this) {
            samples++;
            if (primaries.size() > 1) {
                twoPrimaries++;
                pairs.merge(primaries.get(0).member + " and " + primaries.get(1).member, 1, Integer::sum);
            }
            if (split) {
                splitBrains++;
            }
        }
    }

    private boolean bothTakeWrites(Eye one, Eye other) {
        if (!one.direct || !other.direct) {
            return true;
        }
        return one.write(probeTable) && other.write(probeTable) && one.write(probeTable);
    }

    /** Looks at one member; at most one question is under way. */
    private static final class Eye {
        private static final int PROBE_MILLIS = 1000;

        private final Host member;
        private final Database database;
        private final Patroni patroni;
        private final ExecutorService executor;
        private CompletableFuture<Boolean> answer = CompletableFuture.completedFuture(false);
        private Connection connection;
        private volatile boolean direct = true;

        Eye(Host member, Database database, Patroni patroni) {
            this.member = member;
            this.database = database;
            this.patroni = patroni;
            executor = Executors.newSingleThreadExecutor(task -> {
                var thread = new Thread(task, "eye-" + member.name());
                thread.setDaemon(true);
                return thread;
            });
        }

        /** Asks, unless the question before is still under way; returns whether it did. */
        boolean ask() {
            if (!answer.isDone()) {
                return false;
            }
            answer = CompletableFuture.supplyAsync(this::primary, executor);
            return true;
        }

        /** Whether the question of this round was answered in time with yes. */
        boolean primaryBy(long deadline) throws InterruptedException {
            try {
                return answer.get(Math.max(0, deadline - System.nanoTime()), java.util.concurrent.TimeUnit.NANOSECONDS);
            } catch (java.util.concurrent.TimeoutException e) {
                return false;
            } catch (java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }

        boolean write(String table) {
            return CompletableFuture.supplyAsync(() -> committed(table), executor).join();
        }

        void close() {
            executor.submit(this::drop);
            // The thread is a daemon; a question that is under way ends with it.
        }

        private boolean primary() {
            if (!direct) {
                return askPatroni().filter(role -> role.equals("primary") || role.equals("master")).isPresent();
            }
            try {
                if (connection == null) {
                    connection = database.direct(member.address(), 5432);
                }
                try (Statement statement = connection.createStatement();
                        var rows = statement.executeQuery("SELECT NOT pg_is_in_recovery()")) {
                    rows.next();
                    return rows.getBoolean(1);
                }
            } catch (SQLException e) {
                drop();
                // 28...: no entry in pg_hba.conf for this client, or its login is refused there.
                if (e.getSQLState() != null && e.getSQLState().startsWith("28")) {
                    direct = false;
                }
                return false;
            }
        }

        private Optional<String> askPatroni() {
            try {
                return patroni.role(member);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts the watcher", e);
            }
        }

        private boolean committed(String table) {
            try {
                if (connection == null) {
                    return false;
                }
                connection.setNetworkTimeout(Runnable::run, PROBE_MILLIS);
                connection.clearWarnings();
                try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO " + table + " (member) VALUES (?)")) {
                    insert.setString(1, member.name());
                    insert.executeUpdate();
                    return insert.getWarnings() == null && connection.getWarnings() == null;
                }
            } catch (SQLException e) {
                drop();
                return false;
            }
        }

        private void drop() {
            if (connection != null) {
                try {
                    connection.close();
                } catch (SQLException e) {
                    // It is gone anyway.
                }
                connection = null;
            }
        }
    }
}
