package io.github.pgha.sandbox.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One of QEMU's sockets on which JSON texts go back and forth, a line each. Nothing waits for ever: whoever is at the other
 * end may hang.
 */
final class JsonSocket implements AutoCloseable {
    private final ObjectMapper json;
    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(0);

    /** @throws IOException if nobody listens there */
    JsonSocket(Path socket, ObjectMapper json) throws IOException {
        this.json = json;
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Sends a command with its arguments (none if empty). */
    void send(String command, Map<String, ?> arguments) throws IOException {
        Map<String, Object> message = new LinkedHashMap<>(Map.of("execute", command));
        if (!arguments.isEmpty()) {
            message.put("arguments", arguments);
        }
        ByteBuffer bytes = ByteBuffer.wrap((json.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8));
        // These are small, the socket's buffer isn't.
        channel.write(bytes);
        if (bytes.hasRemaining()) {
            throw new IOException("'" + command + "' can't be sent: nobody reads at the other end");
        }
    }

    /**
     * The next message.
     *
     * @throws JsonSocket.TimeoutException if there is none in time
     */
    JsonNode receive(Duration atMost) throws IOException {
        long deadline = System.nanoTime() + atMost.toNanos();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next == '\n') {
                    return json.readTree(line.toByteArray());
                }
                // The guest agent begins its answer to a delimited synchronisation with one that is no JSON.
                if (next != (byte) 0xFF) {
                    line.write(next);
                }
            }
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                throw new TimeoutException();
            }
            selector.select(millis);
            selector.selectedKeys().clear();
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            if (count < 0) {
                throw new IOException("the connection was closed at the other end");
            }
        }
    }

    /** Nobody answered in time. */
    static final class TimeoutException extends IOException {
        private static final long serialVersionUID = 1;

        private TimeoutException() {
            super("got timeout");
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
