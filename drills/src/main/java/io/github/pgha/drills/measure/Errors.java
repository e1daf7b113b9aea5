package io.github.pgha.drills.measure;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What clients saw go wrong, counted by kind. */
public final class Errors {
    private final Map<String, Integer> counts = new TreeMap<>();

    /** Counts one. */
    public synchronized void add(SQLException error) {
        counts.merge(kind(error), 1, Integer::sum);
    }

    /** Kinds and their numbers. */
    public synchronized Map<String, Integer> counts() {
        return new TreeMap<>(counts);
    }

    /** A few words that are the same for errors of the same kind. */
    static String kind(SQLException error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException) {
                return "connection refused";
            }
            if (cause instanceof NoRouteToHostException) {
                return "no route to host";
            }
            if (cause instanceof SocketTimeoutException) {
                String said = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
                return said.contains("connect timed out") ? "connect timed out" : "no answer in time";
            }
            if (cause instanceof SocketException || cause instanceof java.io.EOFException) {
                return "connection lost";
            }
        }
        String state = String.valueOf(error.getSQLState());
        return switch (state) {
            case "25006" -> "read-only transaction (25006)";
            case "57P01" -> "terminated by an administrator (57P01)";
            case "57P02" -> "crash shutdown (57P02)";
            case "57P03" -> "cannot connect now (57P03)";
            case "53300" -> "too many connections (53300)";
            case "53100" -> "disk full (53100)";
            case "08001", "08006" -> "connection lost";
            default -> "SQLSTATE " + state;
        };
    }
}
