package io.github.pgha.drills.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Power and cables of virtual machines through the Proxmox VE API. Its token needs VM.Audit, VM.PowerMgmt and
 * VM.Config.Network on them.
 */
public final class Proxmox {
    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration TASK = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 50;

    private final String endpoint;
    private final String token;
    private final HttpClient http;
    private final ObjectMapper json = new ObjectMapper();

    private Proxmox(String endpoint, String token, HttpClient http) {
        this.endpoint = endpoint.replaceAll("/+$", "") + "/api2/json";
        this.token = token;
        this.http = http;
    }

    /**
     * Takes endpoint, token and authorities from the same variables as the Proxmox provider.
     *
     * @param environment {@code PROXMOX_VE_ENDPOINT}, {@code PROXMOX_VE_API_TOKEN}, {@code SSL_CERT_FILE}
     *                    (optional, PEM)
     * @throws IllegalArgumentException with a sentence that names the variable that is missing or wrong
     */
    public static Proxmox of(Map<String, String> environment) {
        for (String name : new String[] {"PROXMOX_VE_ENDPOINT", "PROXMOX_VE_API_TOKEN"}) {
            if (environment.getOrDefault(name, "").isBlank()) {
                throw new IllegalArgumentException("The environment has no " + name
                        + ", which faults of power and cables need (in the sandbox: ./sandbox/run sets it).");
            }
        }
        var builder = HttpClient.newBuilder().connectTimeout(CALL);
        String authorities = environment.getOrDefault("SSL_CERT_FILE", "");
        if (!authorities.isBlank()) {
            try {
                builder.sslContext(Tls.trusting(Files.readString(Path.of(authorities), StandardCharsets.ISO_8859_1)));
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalArgumentException("SSL_CERT_FILE '" + authorities
                        + "' must be a file with certificates in PEM: " + e.getMessage(), e);
            }
        }
        return new Proxmox(environment.get("PROXMOX_VE_ENDPOINT"), environment.get("PROXMOX_VE_API_TOKEN"),
                builder.build());
    }

    /** Whether the machine is on. Also the way to find out whether the API and the token are good. */
    public boolean isOn(Host host) throws IOException, InterruptedException {
        return call("GET", machine(host) + "/status/current", "").path("status").asText().equals("running");
    }

    /** Cuts the power; harmless if it is off. */
    public void powerOff(Host host) throws IOException, InterruptedException {
        if (isOn(host)) {
            await(host, call("POST", machine(host) + "/status/stop", "").asText());
        }
    }

    /** Powers on; harmless if it is on. */
    public void powerOn(Host host) throws IOException, InterruptedException {
        if (!isOn(host)) {
            await(host, call("POST", machine(host) + "/status/start", "").asText());
        }
    }

    /** Pulls the first network card's cable out, or plugs it in. */
    public void cable(Host host, boolean plugged) throws IOException, InterruptedException {
        String net = call("GET", machine(host) + "/config", "").path("net0").asText();
        if (net.isEmpty()) {
            throw new IOException("the virtual machine of " + host + " has no network card net0");
        }
        call("PUT", machine(host) + "/config",
                "net0=" + URLEncoder.encode(withCable(net, plugged), StandardCharsets.UTF_8));
    }

    /** A network card's setting such as {@code virtio=MAC,bridge=vmbr0} with the cable in or out. */
    static String withCable(String net, boolean plugged) {
        String rest = java.util.Arrays.stream(net.split(",")).filter(part -> !part.startsWith("link_down="))
                .collect(Collectors.joining(","));
        return plugged ? rest : rest + ",link_down=1";
    }

    private static String machine(Host host) {
        return "/nodes/" + host.node() + "/qemu/" + host.vmId();
    }

    private void await(Host host, String task) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TASK.toNanos();
        while (true) {
            JsonNode status = call("GET", "/nodes/" + host.node() + "/tasks/"
                    + URLEncoder.encode(task, StandardCharsets.UTF_8) + "/status", "");
            if (status.path("status").asText().equals("stopped")) {
                if (!status.path("exitstatus").asText().equals("OK")) {
                    throw new IOException("Proxmox's task for " + host + " failed: "
                            + status.path("exitstatus").asText());
                }
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("Proxmox's task for " + host + " did not end within " + TASK.toSeconds() + " s");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private JsonNode call(String method, String path, String form) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + path)).timeout(CALL)
                .header("Authorization", "PVEAPIToken=" + token)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .method(method, form.isEmpty() ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(form))
                .build();
        HttpResponse<String> response;
        try {
            response = http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IOException("the Proxmox API at " + endpoint + " can't be used: " + e.getMessage(), e);
        }
        if (response.statusCode() != 200) {
            throw new IOException("the Proxmox API answers " + response.statusCode() + " to " + method + " " + path
                    + ": " + response.body().strip());
        }
        return json.readTree(response.body()).path("data");
    }
}
