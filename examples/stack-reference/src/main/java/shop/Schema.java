package shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.flywaydb.core.Flyway;

/** The shop's schema: migrations of {@code db/migration}, in the order of their numbers. */
final class Schema {
    /** Its name in the database. */
    static final String NAME = "shop";
    /** A standby replays within milliseconds; one that is copied anew meanwhile takes longer. */
    private static final Duration MOST_LAG = Duration.ofSeconds(30);

    private final JdbcUrl primary;
    private final Flyway flyway;

    Schema(JdbcUrl primary) {
        this.primary = primary;
        flyway = Flyway.configure().dataSource(primary.dataSource()).schemas(NAME)
                // A failover while this runs: it comes again, once a second at first.
                .connectRetries(5).load();
    }

    /** What a migration would do now; changes nothing. */
    List<String> pending() {
        return Arrays.stream(flyway.info().pending()).map(migration -> migration.getScript()).toList();
    }

    /** Brings it up to date; changes nothing if it is. Flyway's own table in it says what was done. */
    void migrate() {
        flyway.migrate();
    }

    /** Number of the last migration that was done. */
    String version() {
        return flyway.info().current().getVersion().getVersion();
    }

    /** Names of the products, read on a standby that has all that the primary has had when this was called. */
    List<String> products(JdbcUrl replica) throws SQLException, InterruptedException {
        String position;
        try (Connection connection = primary.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_lsn()")) {
            row.next();
            position = row.getString(1);
        }
        try (Connection connection = replica.dataSource().getConnection()) {
            awaitReplay(connection, position);
            var names = new ArrayList<String>();
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT name FROM " + NAME + ".product ORDER BY name")) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
            return names;
        }
    }

    /** What was just written may be on its way to the standby. */
    private static void awaitReplay(Connection standby, String position) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + MOST_LAG.toNanos();
        try (PreparedStatement statement = standby.prepareStatement("SELECT pg_last_wal_replay_lsn() >= ?::pg_lsn")) {
            statement.setString(1, position);
            while (true) {
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    if (row.getBoolean(1)) {
                        return;
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new SQLException(
                            "the standby hasn't replayed " + position + " within " + MOST_LAG.toSeconds() + " s");
                }
                Thread.sleep(20);
            }
        }
    }
}
