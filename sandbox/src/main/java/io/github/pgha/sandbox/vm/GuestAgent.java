package io.github.pgha.sandbox.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The agent inside a machine, if there is one. */
final class GuestAgent implements AutoCloseable {
    private static final Duration PRESENCE = Duration.ofSeconds(3);
    /** An emulated machine takes its time. */
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 50;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final JsonSocket socket;
    private final int vmid;

    /** @throws IOException with Proxmox's words if no agent answers */
    GuestAgent(int vmid, Path path, ObjectMapper json) throws IOException {
        this.vmid = vmid;
        this.socket = new JsonSocket(path, json);
        try {
            synchronise();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Whatever somebody else asked before may still be answered: what counts comes after our own number. */
    private void synchronise() throws IOException {
        int number = RANDOM.nextInt(1 << 30);
        socket.send("guest-sync-delimited", Map.of("id", number));
        try {
            while (socket.receive(PRESENCE).path("return").asInt(-1) != number) {
                continue;
            }
        } catch (JsonSocket.TimeoutException e) {
            throw new IOException("QEMU guest agent is not running", e);
        }
    }

    JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
        socket.send(command, arguments);
        JsonNode message;
        try {
            message = socket.receive(ANSWER);
        } catch (JsonSocket.TimeoutException e) {
            throw new IOException("VM " + vmid + " qga command '" + command + "' failed - got timeout", e);
        }
        if (message.has("error")) {
            throw new IOException("VM " + vmid + " qga command '" + command + "' failed - "
                    + message.path("error").path("desc").asText());
        }
        return message.path("return");
    }

    List<Hypervisor.Interface> interfaces() throws IOException {
        List<Hypervisor.Interface> interfaces = new ArrayList<>();
        for (JsonNode device : execute("guest-network-get-interfaces", Map.of())) {
            List<Hypervisor.Address> addresses = new ArrayList<>();
            for (JsonNode address : device.path("ip-addresses")) {
                addresses.add(new Hypervisor.Address(address.path("ip-address").asText(), address.path("prefix").asInt(),
                        address.path("ip-address-type").asText()));
            }
            interfaces.add(new Hypervisor.Interface(device.path("name").asText(),
                    device.path("hardware-address").asText(), addresses));
        }
        return interfaces;
    }

    Hypervisor.Result run(List<String> command, String input) throws IOException, InterruptedException {
        Map<String, Object> arguments = new HashMap<>(Map.of("path", command.get(0), "arg",
                command.subList(1, command.size()), "capture-output", true));
        if (input != null) {
            arguments.put("input-data", Base64.getEncoder().encodeToString(input.getBytes(StandardCharsets.UTF_8)));
        }
        int pid = execute("guest-exec", arguments).path("pid").asInt();
        JsonNode status = execute("guest-exec-status", Map.of("pid", pid));
        while (!status.path("exited").asBoolean()) {
            Thread.sleep(POLL_MILLIS);
            status = execute("guest-exec-status", Map.of("pid", pid));
        }
        return new Hypervisor.Result(status.path("exitcode").asInt(), text(status, "out-data"), text(status, "err-data"));
    }

    private static String text(JsonNode status, String key) {
        return new String(Base64.getDecoder().decode(status.path(key).asText("")), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
