package io.github.pgha.drills.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProxmoxTest {
    private static final Host P1 = TestStack.stack().with(Host.POSTGRES).get(0);
    private static final String RESOURCES = "{\"data\": [{\"vmid\": 111, \"node\": \"pve7\"}]}";

    private final List<HttpServer> servers = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();

    /** An endpoint of the API: answers by the end of the path; what isn't there is answered with 595. */
    private String endpoint(String name, Map<String, String> answers) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/api2/json", exchange -> {
            String path = exchange.getRequestURI().toString().replaceFirst("^/api2/json", "");
            asked.add(name + " " + exchange.getRequestMethod() + " " + path);
            String answer = answers.entrySet().stream().filter(entry -> path.endsWith(entry.getKey())).map(Map.Entry::getValue)
                    .findFirst().orElse("");
            if (answer.equals("hang up")) {
                exchange.close();
                return;
            }
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(body.length == 0 ? 595 : 200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        servers.add(server);
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    private static String nobody() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }
    }

    private static Proxmox proxmox(String... endpoints) {
        return new Proxmox(List.of(endpoints), "u@pve!t=1",
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build());
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    @Test
    void aMachineIsFoundWhereItIsNow() throws Exception {
        var there = proxmox(endpoint("a", Map.of("type=vm", RESOURCES, "/current", "{\"data\": {\"status\": \"running\"}}",
                "/stop", "{\"data\": \"UPID:pve7:1\"}",
                "/tasks/UPID%3Apve7%3A1/status", "{\"data\": {\"status\": \"stopped\", \"exitstatus\": \"OK\"}}")));
        there.powerOff(P1);
        assertThat(asked).containsExactly("a GET /cluster/resources?type=vm", "a GET /nodes/pve7/qemu/111/status/current",
                "a POST /nodes/pve7/qemu/111/status/stop", "a GET /nodes/pve7/tasks/UPID%3Apve7%3A1/status");
        assertThat(there.nodes(List.of(P1))).isEqualTo(Map.of(P1, "pve7"));
    }

    @Test
    void aMachineThatTheTokenDoesNotSee() throws Exception {
        var blind = proxmox(endpoint("a", Map.of("type=vm", "{\"data\": []}")));
        assertThatThrownBy(() -> blind.isOn(P1)).hasMessageStartingWith("the token doesn't see the virtual machine of p1 (111)");
    }

    @Test
    void anEndpointThatIsGoneIsPassedOver() throws Exception {
        String current = "{\"data\": {\"status\": \"running\"}}";
        String lonely = endpoint("lonely", Map.of("type=vm", RESOURCES));
        String good = endpoint("good", Map.of("type=vm", RESOURCES, "/current", current));
        var proxmox = proxmox(nobody(), lonely, good);
        assertThat(proxmox.isOn(P1)).isTrue();
        assertThat(asked).containsExactly("lonely GET /cluster/resources?type=vm",
                "lonely GET /nodes/pve7/qemu/111/status/current", "good GET /nodes/pve7/qemu/111/status/current");
        asked.clear();
        assertThat(proxmox.isOn(P1)).isTrue();
        assertThat(asked).allMatch(request -> request.startsWith("good "));
        assertThatThrownBy(() -> proxmox(nobody(), nobody()).isOn(P1)).hasMessageContaining("can't be used");
    }

    @Test
    void whatMayHaveBeenDoneIsNotAskedForAgain() throws Exception {
        String resets = endpoint("resets", Map.of("type=vm", RESOURCES, "/current", "{\"data\": {\"status\": \"running\"}}",
                "/stop", "hang up"));
        var proxmox = proxmox(resets, endpoint("other", Map.of("/stop", "{\"data\": \"UPID:pve7:1\"}")));
        assertThatThrownBy(() -> proxmox.powerOff(P1)).hasMessageContaining("can't be used");
        assertThat(asked).noneMatch(request -> request.startsWith("other POST"));
        assertThat(asked.stream().filter(request -> request.contains("POST"))).hasSize(1);
    }
}
