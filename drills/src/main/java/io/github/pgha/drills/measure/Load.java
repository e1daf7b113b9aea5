package io.github.pgha.drills.measure;

import io.github.pgha.drills.cluster.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/** Writers and readers through the virtual address. Each reconnects for itself, as an application's pool would. */
public final class Load {
    // Between two transactions of a client: the resolution of what is measured.
    private static final long PACE_MILLIS = 20;
    // Between two attempts to connect.
    private static final long RETRY_MILLIS = 50;

    private final Database database;
    private final String table;
    private final Ledger ledger;
    private final Errors writeErrors = new Errors();
    private final Errors readErrors = new Errors();
    private final List<Acknowledgements> writes = new ArrayList<>();
    private final List<Acknowledgements> reads = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    /** @param table where the rows go */
    public Load(Database database, String table, Ledger ledger, int writers, int readers) {
        this.database = database;
        this.table = table;
        this.ledger = ledger;
        for (int i = 0; i < writers; i++) {
            var acknowledgements = new Acknowledgements();
            int number = i;
            writes.add(acknowledgements);
            threads.add(new Thread(() -> work(true, acknowledgements, writeErrors, number), "writer-" + i));
        }
        for (int i = 0; i < readers; i++) {
            var acknowledgements = new Acknowledgements();
            int number = i;
            reads.add(acknowledgements);
            threads.add(new Thread(() -> work(false, acknowledgements, readErrors, number), "reader-" + i));
        }
        threads.forEach(thread -> thread.setDaemon(true));
    }

    /** Begins. */
    public void start() {
        threads.forEach(Thread::start);
    }

    /** Ends; returns when no client does anything any more. */
    public void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(30));
            if (thread.isAlive()) {
                throw new IllegalStateException("the client " + thread.getName() + " doesn't end");
            }
        }
    }

    /** Each writer's acknowledgements. */
    public List<long[]> writes() {
        return writes.stream().map(Acknowledgements::all).toList();
    }

    /** Each reader's acknowledgements. */
    public List<long[]> reads() {
        return reads.stream().map(Acknowledgements::all).toList();
    }

    /** When the last write of any writer was acknowledged. */
    public long lastWrite() {
        return writes.stream().mapToLong(Acknowledgements::last).max().orElse(Long.MIN_VALUE);
    }

    /** Whether every client has had an answer since a moment. */
    public boolean allServedSince(long nanos) {
        return LongStream.concat(writes.stream().mapToLong(Acknowledgements::last),
                reads.stream().mapToLong(Acknowledgements::last)).allMatch(last -> last > nanos);
    }

    /** What writers saw go wrong. */
    public Errors writeErrors() {
        return writeErrors;
    }

    /** What readers saw go wrong. */
    public Errors readErrors() {
        return readErrors;
    }

    /** All acknowledgements of several clients in one. */
    public static long[] together(List<long[]> clients) {
        return clients.stream().flatMapToLong(LongStream::of).toArray();
    }

    /** The ids between two (the first excluded) that are there. */
    public static Set<Long> present(Connection connection, String table, long after, long upTo) throws SQLException {
        Set<Long> ids = new HashSet<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id FROM " + table + " WHERE id > ? AND id <= ?")) {
            select.setLong(1, after);
            select.setLong(2, upTo);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                }
            }
        }
        return Collections.unmodifiableSet(ids);
    }

    private void work(boolean writing, Acknowledgements acknowledgements, Errors errors, int number) {
        while (!stopping) {
            try (Connection connection = writing ? database.primary() : database.replica()) {
                if (writing) {
                    write(connection, acknowledgements, number);
                } else {
                    read(connection, acknowledgements);
                }
            } catch (SQLException e) {
                errors.add(e);
                pause(RETRY_MILLIS);
            }
        }
    }

    private void write(Connection connection, Acknowledgements acknowledgements, int number) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO " + table + " (id, writer) VALUES (?, ?)")) {
            while (!stopping) {
                long id = ledger.next();
                insert.setLong(1, id);
                insert.setInt(2, number);
                insert.executeUpdate();
                connection.clearWarnings();
                ledger.committing(id);
                connection.commit();
                // PostgreSQL warns when it answers without having waited for the standbys: nothing is promised then.
                if (connection.getWarnings() == null) {
                    ledger.acknowledged(id);
                    acknowledgements.add(System.nanoTime());
                }
                pause(PACE_MILLIS);
            }
        }
    }

    private void read(Connection connection, Acknowledgements acknowledgements) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT max(id) FROM " + table)) {
            while (!stopping) {
                select.executeQuery().close();
                acknowledgements.add(System.nanoTime());
                pause(PACE_MILLIS);
            }
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts clients", e);
        }
    }
}
