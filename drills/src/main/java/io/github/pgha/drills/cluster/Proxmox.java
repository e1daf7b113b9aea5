package io.github.pgha.drills.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Power and cables of virtual machines through the Proxmox VE API, at any of the nodes of its cluster that are named. Its token
 * needs VM.Audit, VM.PowerMgmt and VM.Config.Network on the machines, and SDN.Use on their bridge.
 */
public final class Proxmox {
    /** Names further URLs of the same API, of other nodes, between spaces; {@code sandbox/run} sets it. */
    static final String ENDPOINTS = "PGHA_PROXMOX_ENDPOINTS";
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration CALL = Duration.ofSeconds(10);
    // A machine that hangs is off after 71 s.
    private static final Duration TASK = Duration.ofSeconds(100);
    private static final Duration BOOT = Duration.ofMinutes(10);
    private static final long POLL_MILLIS = 50;
    private static final long BOOT_POLL_MILLIS = 1000;
    private static final int NODE_AWAY = 595;

    private final List<String> endpoints;
    private final String token;
    private final HttpClient http;
    private final ObjectMapper json = new ObjectMapper();
    // The one that answered last is asked first.
    private volatile String answered;

    Proxmox(List<String> endpoints, String token, HttpClient http) {
        this.endpoints = endpoints.stream().map(url -> url.replaceAll("/+$", "") + "/api2/json").distinct().toList();
        this.token = token;
        this.http = http;
        answered = this.endpoints.get(0);
    }

    /**
     * Takes endpoint, token and authorities from the same variables as the Proxmox provider.
     *
     * @param environment {@code PROXMOX_VE_ENDPOINT}, {@code PROXMOX_VE_API_TOKEN}, {@code SSL_CERT_FILE}
     *                    (optional, PEM), {@code PGHA_PROXMOX_ENDPOINTS} (optional, URLs of other nodes)
     * @throws IllegalArgumentException with a sentence that names the variable that is missing or wrong
     */
    public static Proxmox of(Map<String, String> environment) {
        for (String name : new String[] {"PROXMOX_VE_ENDPOINT", "PROXMOX_VE_API_TOKEN"}) {
            if (environment.getOrDefault(name, "").isBlank()) {
                throw new IllegalArgumentException("The environment has no " + name
                        + ", which faults of power and cables need (in the sandbox: ./sandbox/run sets it).");
            }
        }
        var builder = HttpClient.newBuilder().connectTimeout(CONNECT);
        String authorities = environment.getOrDefault("SSL_CERT_FILE", "");
        if (!authorities.isBlank()) {
            try {
                builder.sslContext(Tls.trusting(Files.readString(Path.of(authorities), StandardCharsets.ISO_8859_1)));
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalArgumentException("SSL_CERT_FILE '" + authorities
                        + "' must be a file with certificates in PEM: " + e.getMessage(), e);
            }
        }
        List<String> endpoints = new ArrayList<>(List.of(environment.get("PROXMOX_VE_ENDPOINT")));
        Stream.of(environment.getOrDefault(ENDPOINTS, "").split("[\\s,]+")).filter(url -> !url.isBlank())
                .forEach(endpoints::add);
        return new Proxmox(endpoints, environment.get("PROXMOX_VE_API_TOKEN"), builder.build());
    }

    /** Whether the machine is on. Also the way to find out whether the API and the token are good. */
    public boolean isOn(Host host) throws IOException, InterruptedException {
        return isOn(machine(host));
    }

    /** Cuts the power; harmless if it is off. */
    public void powerOff(Host host) throws IOException, InterruptedException {
        String machine = machine(host);
        if (isOn(machine)) {
            await(host, call("POST", machine + "/status/stop", "").asText());
        }
    }

    /** Powers on; harmless if it is on. */
    public void powerOn(Host host) throws IOException, InterruptedException {
        String machine = machine(host);
        if (!isOn(machine)) {
            await(host, call("POST", machine + "/status/start", "").asText());
        }
    }

    /** Pulls the first network card's cable out, or plugs it in. */
    public void cable(Host host, boolean plugged) throws IOException, InterruptedException {
        String machine = machine(host);
        String net = call("GET", machine + "/config", "").path("net0").asText();
        if (net.isEmpty()) {
            throw new IOException("the virtual machine of " + host + " has no network card net0");
        }
        call("PUT", machine + "/config", "net0=" + URLEncoder.encode(withCable(net, plugged), StandardCharsets.UTF_8));
    }

    /** The node on which each machine is now: it may have been migrated since the stack's outputs were written. */
    public Map<Host, String> nodes(List<Host> hosts) throws IOException, InterruptedException {
        Map<Integer, String> seen = new HashMap<>();
        for (JsonNode row : call("GET", "/cluster/resources?type=vm", "")) {
            seen.put(row.path("vmid").asInt(), row.path("node").asText());
        }
        Map<Host, String> nodes = new LinkedHashMap<>();
        for (Host host : hosts) {
            String node = seen.get(host.vmId());
            if (node == null) {
                throw new IOException("the token doesn't see the virtual machine of " + host + " (" + host.vmId()
                        + "): it needs VM.Audit on it, or on the pool that it is in");
            }
            nodes.put(host, node);
        }
        return nodes;
    }

    /**
     * Waits until a node that was powered on has booted and all of these machines of it are on; starts those that Proxmox
     * doesn't start.
     */
    public void awaitOn(List<Host> hosts) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + BOOT.toNanos();
        for (Host host : hosts) {
            while (true) {
                try {
                    powerOn(host);
                    break;
                } catch (IOException e) {
                    // The node is on its way, or has just begun to start the machine itself.
                    if (System.nanoTime() > deadline) {
                        throw new IOException(host + " isn't on, " + BOOT.toMinutes() + " minutes after its node's power: "
                                + e.getMessage(), e);
                    }
                    Thread.sleep(BOOT_POLL_MILLIS);
                }
            }
        }
    }

    /** A network card's setting such as {@code virtio=MAC,bridge=vmbr0} with the cable in or out. */
    static String withCable(String net, boolean plugged) {
        String rest = java.util.Arrays.stream(net.split(",")).filter(part -> !part.startsWith("link_down="))
                .collect(Collectors.joining(","));
        return plugged ? rest : rest + ",link_down=1";
    }

    private String machine(Host host) throws IOException, InterruptedException {
        return "/nodes/" + nodes(List.of(host)).get(host) + "/qemu/" + host.vmId();
    }

    private boolean isOn(String machine) throws IOException, InterruptedException {
        return call("GET", machine + "/status/current", "").path("status").asText().equals("running");
    }

    private void await(Host host, String task) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TASK.toNanos();
        String[] parts = task.split(":");
        if (parts.length < 2) {
            throw new IOException("Proxmox's answer for " + host + " must be a task, UPID:NODE:..., and is '" + task + "'");
        }
        while (true) {
            JsonNode status = call("GET", "/nodes/" + parts[1] + "/tasks/"
                    + URLEncoder.encode(task, StandardCharsets.UTF_8) + "/status", "");
            if (status.path("status").asText().equals("stopped")) {
                String said = status.path("exitstatus").asText();
                if (!said.equals("OK") && !said.startsWith("WARNINGS: ")) {
                    throw new IOException("Proxmox's task for " + host + " failed: " + said);
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
        List<String> order = new ArrayList<>(List.of(answered));
        endpoints.stream().filter(endpoint -> !order.contains(endpoint)).forEach(order::add);
        IOException problem = null;
        for (String endpoint : order) {
            HttpResponse<String> response;
            try {
                response = http.send(request(endpoint, method, path, form), HttpResponse.BodyHandlers.ofString());
            } catch (IOException e) {
                problem = new IOException("the Proxmox API at " + endpoint + " can't be used: " + e.getMessage(), e);
                // What was sent may have been done: it isn't sent again.
                if (!method.equals("GET") && !(e instanceof ConnectException || e instanceof HttpConnectTimeoutException)) {
                    throw problem;
                }
                continue;
            }
            if (response.statusCode() == 200) {
                answered = endpoint;
                return json.readTree(response.body()).path("data");
            }
            problem = new IOException("the Proxmox API answers " + response.statusCode() + " to " + method + " " + path
                    + ": " + response.body().strip());
            if (!method.equals("GET") || response.statusCode() != NODE_AWAY) {
                break;
            }
        }
        throw problem;
    }

    private HttpRequest request(String endpoint, String method, String path, String form) {
        return HttpRequest.newBuilder(URI.create(endpoint + path)).timeout(CALL)
                .header("Authorization", "PVEAPIToken=" + token)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .method(method, form.isEmpty() ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(form))
                .build();
    }
}
