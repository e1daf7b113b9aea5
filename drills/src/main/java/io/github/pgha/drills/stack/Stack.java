package io.github.pgha.drills.stack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A cluster as its stack's outputs describe it: all that the drills know of it beforehand.
 *
 * @param vip            the virtual address
 * @param primaryPort    its port that leads to the primary
 * @param replicaPort    its port that leads to the standbys
 * @param login          the application's login
 * @param hosts          all hosts
 * @param privateKey     private SSH key of the hosts' users, PEM; empty if it is in an ssh-agent
 * @param caCertificate  PEM of the authority that signed the services' certificates; empty for a cluster without TLS
 * @param drillsAllowed  whether the stack says that it may be broken
 * @param timing         name of its timing preset, if the stack names one
 */
public record Stack(String vip, int primaryPort, int replicaPort, Login login, List<Host> hosts,
        Optional<String> privateKey, Optional<String> caCertificate, boolean drillsAllowed, Optional<String> timing) {

    /**
     * Reads what {@code pulumi stack output --json --show-secrets} prints.
     *
     * @throws IllegalArgumentException with one sentence that names the output and what is wrong with it
     */
    public static Stack parse(String json) {
        JsonNode outputs;
        try {
            outputs = new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            // Its message would quote the text, which holds secrets.
            throw new IllegalArgumentException("The stack's outputs aren't JSON: they must be what "
                    + "'pulumi stack output --json --show-secrets' prints.");
        }
        if (!outputs.isObject()) {
            throw new IllegalArgumentException("The stack's outputs aren't a JSON object: they must be what "
                    + "'pulumi stack output --json --show-secrets' prints.");
        }
        List<Host> hosts = new ArrayList<>();
        required(outputs, "hosts").forEach(host -> hosts.add(host(host)));
        for (String role : List.of(Host.ETCD, Host.POSTGRES, Host.BALANCER)) {
            if (hosts.stream().noneMatch(host -> host.roles().contains(role))) {
                throw new IllegalArgumentException(
                        "The stack's output 'hosts' has no host with the role '" + role + "'.");
            }
        }
        return new Stack(text(outputs, "vip"), port(outputs, "primaryPort"), port(outputs, "replicaPort"),
                Login.of("primaryUri", text(outputs, "primaryUri")), List.copyOf(hosts),
                Optional.of(text(outputs, "adminPrivateKey")).filter(key -> !key.isBlank()), optional(outputs, "caCertificate"),
                outputs.path("drillsAllowed").asBoolean(false), optional(outputs, "timing"));
    }

    /** The hosts that have a role, in the stack's order. */
    public List<Host> with(String role) {
        return hosts.stream().filter(host -> host.roles().contains(role)).toList();
    }

    /** Whether all hosts are virtual machines on Proxmox VE, whose power and cables can be cut. */
    public boolean virtual() {
        return hosts.stream().allMatch(host -> host.vmId() > 0);
    }

    /** Whether SSH reaches any of the hosts through another one only. */
    public boolean behindJumpHost() {
        return hosts.stream().anyMatch(host -> host.jumpHost().isPresent());
    }

    private static Host host(JsonNode host) {
        String name = host.path("name").asText();
        String called = "a host" + (name.isEmpty() ? "" : " '" + name + "'");
        demand(host, called, "name", "address", "user", "hostKey", "roles");
        Set<String> roles = new LinkedHashSet<>();
        host.path("roles").forEach(role -> roles.add(role.asText()));
        return new Host(name, host.path("address").asText(), host.path("user").asText(), host.path("hostKey").asText(),
                host.path("port").asInt(22), jumpHost(host.path("jumpHost"), called), host.path("node").asText(),
                host.path("vmId").asInt(0), roles);
    }

    private static Optional<JumpHost> jumpHost(JsonNode jump, String called) {
        if (jump.isMissingNode()) {
            return Optional.empty();
        }
        demand(jump, called + " behind a jump host", "address", "user", "hostKey");
        return Optional.of(new JumpHost(jump.path("address").asText(), jump.path("user").asText(),
                jump.path("hostKey").asText(), jump.path("port").asInt(22)));
    }

    private static void demand(JsonNode parts, String called, String... keys) {
        for (String key : keys) {
            if (parts.path(key).isMissingNode() || parts.path(key).isNull()) {
                throw new IllegalArgumentException(
                        "The stack's output 'hosts' has " + called + " without '" + key + "'.");
            }
        }
    }

    private static JsonNode required(JsonNode outputs, String name) {
        JsonNode value = outputs.path(name);
        if (value.isMissingNode() || value.isNull()) {
            throw new IllegalArgumentException("The stack has no output '" + name
                    + "': is it a stack of this project, and was it brought up?");
        }
        if (value.asText().equals("[secret]")) {
            throw new IllegalArgumentException("The stack's output '" + name
                    + "' is hidden: give 'pulumi stack output' the option --show-secrets.");
        }
        return value;
    }

    private static String text(JsonNode outputs, String name) {
        return required(outputs, name).asText();
    }

    private static Optional<String> optional(JsonNode outputs, String name) {
        return Optional.ofNullable(outputs.path(name).asText(null)).filter(text -> !text.isBlank());
    }

    private static int port(JsonNode outputs, String name) {
        int port = required(outputs, name).asInt(0);
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("The stack's output '" + name + "' must be a port, 1 to 65535.");
        }
        return port;
    }

    @Override
    public String toString() {
        return "stack of " + hosts.size() + " hosts behind " + vip;
    }
}
