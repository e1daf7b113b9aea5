package io.github.pgha.sandbox.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** QEMU's monitor and the guest agent, played by a server that answers each line with the next text that it was given. */
class MonitorTest {
    private static final Duration PATIENCE = Duration.ofMillis(300);
    private static final String GREETING = "{\"QMP\": {\"capabilities\": []}}\n";
    private static final String DONE = "{\"return\": {}}\n";

    private final ObjectMapper json = new ObjectMapper();
    private Path socket;
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        // Not in the build's folder: a socket's path is short.
        socket = Files.createTempDirectory("pgha").resolve("s");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        Files.delete(socket);
        Files.delete(socket.getParent());
    }

    /** Plays it for one client; returns the lines that it sent. */
    private CompletableFuture<List<String>> play(String greeting, String... answers) {
        return CompletableFuture.supplyAsync(() -> {
            List<String> lines = new ArrayList<>();
            try (SocketChannel client = server.accept(); Scanner in = new Scanner(Channels.newInputStream(client),
                    StandardCharsets.UTF_8)) {
                send(client, greeting);
                for (int i = 0; in.hasNextLine(); i++) {
                    lines.add(in.nextLine());
                    send(client, i < answers.length ? answers[i] : "");
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            return lines;
        });
    }

    private static void send(SocketChannel client, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    @Test
    void takesTheAnswerAndNotAnEvent() throws Exception {
        var said = play(GREETING, DONE, "{\"event\": \"RTC_CHANGE\"}\n{\"return\": {\"running\": true}}\n");
        try (Monitor monitor = new Monitor(socket, json, PATIENCE)) {
            assertTrue(monitor.execute("query-status", Map.of()).get("running").asBoolean());
        }
        assertEquals(List.of("{\"execute\":\"qmp_capabilities\"}", "{\"execute\":\"query-status\"}"), said.get());
    }

    @Test
    void saysWhatQemuRefuses() throws Exception {
        var said = play(GREETING, DONE, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Cannot grow device\"}}\n");
        try (Monitor monitor = new Monitor(socket, json, PATIENCE)) {
            assertEquals("QEMU refuses 'block_resize': Cannot grow device", assertThrows(IOException.class,
                    () -> monitor.execute("block_resize", Map.of("size", 1))).getMessage());
        }
        assertEquals("{\"execute\":\"block_resize\",\"arguments\":{\"size\":1}}", said.get().get(1));
    }

    /** The kernel takes the connection; nobody says anything on it. */
    @Test
    void waitsForNoQemuThatHangs() {
        assertEquals("got timeout", assertThrows(IOException.class, () -> new Monitor(socket, json, PATIENCE)).getMessage());
    }

    @Test
    void waitsForNoCommandThatHangs() throws Exception {
        var said = play(GREETING, DONE);
        try (Monitor monitor = new Monitor(socket, json, PATIENCE)) {
            assertEquals("got timeout", assertThrows(IOException.class,
                    () -> monitor.execute("quit", Map.of())).getMessage());
        }
        assertEquals(2, said.get().size());
    }

    @Test
    void saysThatQemuHasEnded() throws Exception {
        var said = CompletableFuture.runAsync(() -> {
            try {
                server.accept().close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThrows(IOException.class, () -> new Monitor(socket, json, PATIENCE));
        said.get();
    }

    @Test
    void asksTheGuestAgent() throws Exception {
        var said = play("{\"return\": \"of somebody else's question\"}\n", "", "");
        assertEquals("QEMU guest agent is not running", assertThrows(IOException.class,
                () -> new GuestAgent(100, socket, json)).getMessage());
        assertTrue(said.get().get(0).startsWith("{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":"));
    }
}
