package io.github.pgha.sandbox.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A running QEMU's monitor (QMP). It serves one client at a time, so this is opened for one command and closed again. */
final class Monitor implements AutoCloseable {
    private final JsonSocket socket;
    private final Duration patience;

    /**
     * @param patience how long to wait for each answer
     * @throws IOException if QEMU doesn't run, or hangs
     */
    Monitor(Path path, ObjectMapper json, Duration patience) throws IOException {
        this.patience = patience;
        this.socket = new JsonSocket(path, json);
        try {
            socket.receive(patience);
            execute("qmp_capabilities", Map.of());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Has a command done.
     *
     * @return what QEMU says to it
     * @throws IOException if QEMU refuses, or doesn't answer
     */
    JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
        socket.send(command, arguments);
        while (true) {
            JsonNode message = socket.receive(patience);
            if (message.has("error")) {
                throw new IOException("QEMU refuses '" + command + "': " + message.path("error").path("desc").asText());
            }
            // Others are events.
            if (message.has("return")) {
                return message.get("return");
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
