package io.github.pgha.drills.cluster;

import io.github.pgha.drills.stack.Stack;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

/** Connections to PostgreSQL as the application makes them: bounded in time, with TLS if the cluster has it. */
public final class Database {
    /** What sessions call themselves. */
    public static final String APPLICATION = "pgha-drill";

    private final Stack stack;
    private final Duration connectTimeout;
    private final Duration socketTimeout;

    /**
     * @param connectTimeout until the TCP connection is there; whole seconds
     * @param socketTimeout  until an answer is there, the login's too; whole seconds
     */
    public Database(Stack stack, Duration connectTimeout, Duration socketTimeout) {
        this.stack = stack;
        this.connectTimeout = connectTimeout;
        this.socketTimeout = socketTimeout;
    }

    /** Through the virtual address to the primary. */
    public Connection primary() throws SQLException {
        return open(stack.vip(), stack.primaryPort());
    }

    /** Through the virtual address to a standby. */
    public Connection replica() throws SQLException {
        return open(stack.vip(), stack.replicaPort());
    }

    /** To a member itself. */
    public Connection direct(String address, int port) throws SQLException {
        return open(address, port);
    }

    private Connection open(String host, int port) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", stack.login().user());
        properties.setProperty("password", stack.login().password());
        properties.setProperty("connectTimeout", String.valueOf(connectTimeout.toSeconds()));
        properties.setProperty("socketTimeout", String.valueOf(socketTimeout.toSeconds()));
        properties.setProperty("cancelSignalTimeout", "1");
        properties.setProperty("ApplicationName", APPLICATION);
        // A session whose client was lost with its balancer must not keep its locks.
        properties.setProperty("options", "-c idle_in_transaction_session_timeout=10s");
        properties.setProperty("tcpKeepAlive", "true");
        if (stack.caCertificate().isPresent()) {
            properties.setProperty("sslmode", "verify-full");
            properties.setProperty("sslfactory", PemSocketFactory.class.getName());
            properties.setProperty("sslfactoryarg", stack.caCertificate().get());
            properties.setProperty("sslResponseTimeout", String.valueOf(socketTimeout.toMillis()));
        } else {
            properties.setProperty("sslmode", "prefer");
        }
        return DriverManager.getConnection("jdbc:postgresql://" + host + ":" + port + "/" + stack.login().database(),
                properties);
    }
}
