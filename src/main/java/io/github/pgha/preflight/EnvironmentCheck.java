package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.api.ProxmoxApi;
import io.github.pgha.proxmox.api.Trust;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Whether the variables that the provider reads are there and can be what they are to be. */
final class EnvironmentCheck {
    static final String AGENT_SOCKET = "SSH_AUTH_SOCK";

    private static final String CHECK = "environment";
    private static final Pattern TOKEN = Pattern.compile("[^@!=\\s]+@[^@!=\\s]+![^@!=\\s]+=[0-9a-fA-F-]{36}");
    private static final String DEFAULT_TOKEN = "pgha@pve!pulumi";

    private final Map<String, String> environment;
    private final List<Finding> findings = new ArrayList<>();

    private EnvironmentCheck(Map<String, String> environment) {
        this.environment = environment;
    }

    static List<Finding> of(Map<String, String> environment) {
        var check = new EnvironmentCheck(environment);
        check.endpoint();
        check.token();
        check.authorities();
        check.ssh();
        check.agent();
        if (check.findings.isEmpty()) {
            check.findings.add(Finding.ok(CHECK, "endpoint, token and SSH login are set"));
        }
        return check.findings;
    }

    private String value(String name) {
        return environment.getOrDefault(name, "").strip();
    }

    private void endpoint() {
        String endpoint = value(ProxmoxApi.ENDPOINT_VARIABLE);
        var remedy = Remedy.here("export " + ProxmoxApi.ENDPOINT_VARIABLE + "=https://NODE:8006/");
        if (endpoint.isEmpty()) {
            findings.add(Finding.fails(CHECK, ProxmoxApi.ENDPOINT_VARIABLE + " is missing: it must be the URL of the API "
                    + "of a node, by a name that its certificate has", remedy));
            return;
        }
        try {
            ProxmoxApi.endpoint(endpoint);
        } catch (IllegalArgumentException e) {
            findings.add(Finding.fails(CHECK, ProxmoxApi.ENDPOINT_VARIABLE + " '" + endpoint
                    + "' must be a URL such as https://pve.example.org:8006/", remedy));
        }
    }

    private void token() {
        String token = value(ProxmoxApi.TOKEN_VARIABLE);
        if (!TOKEN.matcher(token).matches()) {
            findings.add(Finding.fails(CHECK, ProxmoxApi.TOKEN_VARIABLE + " must be an API token USER@REALM!NAME=UUID"
                    + (token.isEmpty() ? ", and is empty" : "; what it is isn't shown here"),
                    Remedy.asRoot(Grants.token(DEFAULT_TOKEN)),
                    Remedy.here("export " + ProxmoxApi.TOKEN_VARIABLE + "='" + DEFAULT_TOKEN + "=SECRET'")));
        }
    }

    private void authorities() {
        try {
            Trust.of(environment);
        } catch (IllegalArgumentException e) {
            findings.add(Finding.fails(CHECK, e.getMessage(), Remedy.here("export " + Trust.VARIABLE + "=FILE")));
        }
    }

    private void ssh() {
        var login = SshLogin.of(environment);
        if (login.user().isEmpty()) {
            findings.add(Finding.fails(CHECK, SshLogin.USER_VARIABLE + " is missing: it must be a user of the nodes, "
                    + "who may write into the snippets' folder", Remedy.here("export " + SshLogin.USER_VARIABLE + "=pgha")));
        }
        if (!login.hasKey() && !login.usesAgent() && !login.hasPassword()) {
            findings.add(Finding.fails(CHECK, SshLogin.KEY_VARIABLE + " is missing: it must be a private SSH key without a "
                    + "passphrase, whose public key the nodes know",
                    Remedy.here("ssh-keygen -q -t ed25519 -N '' -C pgha -f ~/.ssh/pgha",
                            "export " + SshLogin.KEY_VARIABLE + "=\"$(cat ~/.ssh/pgha)\"")));
        }
    }

    /** With a socket that nobody listens at, the Command provider fails even if it has a key. */
    private void agent() {
        Optional.of(value(AGENT_SOCKET)).filter(socket -> !socket.isEmpty() && !answers(socket)).ifPresent(socket ->
                findings.add(Finding.fails(CHECK, AGENT_SOCKET + " '" + socket + "' must be the socket of an ssh-agent that "
                        + "runs, or not be set: SSH to the machines fails with it even where a key is at hand",
                        Remedy.here("unset " + AGENT_SOCKET))));
    }

    private static boolean answers(String socket) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}
