package io.github.pgha.drills.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PatroniTest {
    // p1, p2 and p3 of the stack, on this machine.
    private static final Stack STACK = Stack.parse(TestStack.json().replace("10.0.0.1", "127.0.0.1"));

    private static HttpServer member(String address, int port, String answer) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(address, port), 0);
        server.createContext("/patroni", exchange -> {
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void aSilentMemberHoldsUpNobodyForLong() throws Exception {
        HttpServer first = member("127.0.0.11", 0, "{\"state\": \"running\", \"role\": \"primary\"}");
        int port = first.getAddress().getPort();
        HttpServer second = member("127.0.0.12", port,
                "{\"state\": \"running\", \"role\": \"replica\", \"replication_state\": \"streaming\"}");
        // Takes connections and says nothing, as one whose machine stands still.
        try (var third = new ServerSocket(port, 10, InetAddress.getByName("127.0.0.13"))) {
            var patroni = new Patroni(STACK, port);
            long begun = System.nanoTime();
            assertThat(patroni.states(Duration.ofSeconds(2)))
                    .isEqualTo(Map.of("p1", "running", "p2", "streaming"));
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
            second.stop(0);
            assertThat(patroni.states(Duration.ofSeconds(2))).isEqualTo(Map.of("p1", "running"));
            assertThat(third.isClosed()).isFalse();
        } finally {
            first.stop(0);
            second.stop(0);
        }
    }
}
