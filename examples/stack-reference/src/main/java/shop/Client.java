package shop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;

/** A client that goes through a failover: no wait without an end, and no purchase lost or made twice. */
public final class Client implements AutoCloseable {
    // docs: settings
    /** Seconds; without them a client waits for as long as TCP does for a machine that is gone without a word. */
    static final Map<String, String> BOUNDED = Map.of(
            // Until a host takes the connection. A host that is off takes none.
            "connectTimeout", "2",
            // Until the session is there, all hosts of the URL together.
            "loginTimeout", "10",
            // Until an answer is there: longer than the longest statement, a COMMIT's wait for standbys included.
            "socketTimeout", "10",
            "tcpKeepAlive", "true");

    /** To members themselves: whoever is the primary now. What is known of a host is asked again after a second. */
    static final Map<String, String> PRIMARY_OF_SEVERAL = Map.of(
            "targetServerType", "primary",
            "hostRecheckSeconds", "1");
    // docs: end

    private static final long PAUSE_MS = 100;

    private final DataSource source;
    private Connection connection;

    Client(DataSource source) {
        this.source = source;
    }

    // docs: retry
    /**
     * Sends a purchase until it is acknowledged. After a lost connection nobody knows whether it was taken, so the same
     * one is sent again. An update waits for the standbys as the first try did; DO NOTHING would be answered at once.
     */
    void buy(UUID id, String product) throws SQLException, InterruptedException {
        while (true) {
            try {
                if (connection == null) {
                    connection = source.getConnection();
                }
                try (PreparedStatement insert = connection.prepareStatement("INSERT INTO shop.purchase (id, product) "
                        + "VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET product = excluded.product")) {
                    insert.setObject(1, id);
                    insert.setString(2, product);
                    insert.executeUpdate();
                    // PostgreSQL warns when it answers without having waited for the standbys.
                    if (insert.getWarnings() == null) {
                        return;
                    }
                }
            } catch (SQLException e) {
                if (!passes(e.getSQLState())) {
                    throw e;
                }
                close();
            }
            Thread.sleep(PAUSE_MS);
        }
    }

    /** Lost or refused connections, a server that stops or starts, a former primary, no connection free. */
    static boolean passes(String state) {
        return state != null
                && (state.startsWith("08") || state.startsWith("57P")
                || state.equals("25006") || state.equals("53300"));
    }
    // docs: end

    /** Leaves the session, which may be lost already. */
    @Override
    public void close() {
        try (Connection former = connection) {
            connection = null;
        } catch (SQLException e) {
            System.err.println("left a session that was lost: " + e.getMessage());
        }
    }

    private Set<UUID> bought() throws SQLException {
        var bought = new HashSet<UUID>();
        try (Connection own = source.getConnection();
                PreparedStatement select = own.prepareStatement("SELECT id FROM shop.purchase");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                bought.add(rows.getObject(1, UUID.class));
            }
        }
        return bought;
    }

    /**
     * Buys without a break for some seconds, and tells the longest time between two acknowledgements and how many of
     * the acknowledged purchases are not there. Standard input: the stack's primaryUri, and the path of a file with its
     * caCertificate.
     *
     * @param args seconds, and perhaps hosts {@code ADDRESS:PORT,...} in place of the URI's
     */
    public static void main(String[] args) throws IOException, SQLException, InterruptedException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String uri = in.readLine();
        var settings = new HashMap<>(BOUNDED);
        settings.put("sslrootcert", in.readLine());
        if (args.length > 1) {
            settings.putAll(PRIMARY_OF_SEVERAL);
        }
        var url = JdbcUrl.of(uri, settings);
        var acknowledged = new HashSet<UUID>();
        long longest = 0;
        try (var client = new Client((args.length > 1 ? url.at(args[1]) : url).dataSource())) {
            long last = System.nanoTime();
            long end = last + Long.parseLong(args[0]) * 1_000_000_000;
            while (last < end) {
                var id = UUID.randomUUID();
                client.buy(id, "tea");
                acknowledged.add(id);
                long now = System.nanoTime();
                longest = Math.max(longest, now - last);
                last = now;
                Thread.sleep(20);
            }
            var lost = new HashSet<>(acknowledged);
            lost.removeAll(client.bought());
            System.out.printf("%d purchases acknowledged, longest gap %.1f s, %d lost%n",
                    acknowledged.size(), longest / 1e9, lost.size());
        }
    }
}
