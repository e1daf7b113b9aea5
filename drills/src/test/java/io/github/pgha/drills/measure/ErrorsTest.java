package io.github.pgha.drills.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ErrorsTest {
    private static SQLException caused(Exception cause) {
        return new SQLException("The connection attempt failed.", "08001", cause);
    }

    @Test
    void namesWhatClientsSee() {
        assertThat(Errors.kind(caused(new ConnectException("Connection refused")))).isEqualTo("connection refused");
        assertThat(Errors.kind(caused(new SocketTimeoutException("Connect timed out")))).isEqualTo("connect timed out");
        assertThat(Errors.kind(caused(new SocketTimeoutException("Read timed out")))).isEqualTo("no answer in time");
        assertThat(Errors.kind(caused(new EOFException()))).isEqualTo("connection lost");
        assertThat(Errors.kind(new SQLException("read-only", "25006"))).isEqualTo("read-only transaction (25006)");
        assertThat(Errors.kind(new SQLException("odd", "42P01"))).isEqualTo("SQLSTATE 42P01");
    }

    @Test
    void countsByKind() {
        var errors = new Errors();
        errors.add(caused(new EOFException()));
        errors.add(caused(new EOFException()));
        errors.add(new SQLException("shutdown", "57P01"));
        assertThat(errors.counts()).isEqualTo(Map.of("connection lost", 2,
                "terminated by an administrator (57P01)", 1));
    }
}
