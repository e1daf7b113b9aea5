package io.github.pgha.preflight;

import java.util.Map;

/**
 * How the provider logs in to nodes, by its variables.
 *
 * @param user       who; empty if it isn't set
 * @param privateKey private key in PEM; empty for none
 * @param agent      socket of the ssh-agent that is asked first; empty for none
 * @param password   whether a password is set, which is tried last
 * @param proxy      SOCKS5 server in between; empty for none
 */
record SshLogin(String user, String privateKey, String agent, boolean password, String proxy) {
    static final String USER_VARIABLE = "PROXMOX_VE_SSH_USERNAME";
    static final String KEY_VARIABLE = "PROXMOX_VE_SSH_PRIVATE_KEY";

    static SshLogin of(Map<String, String> environment) {
        boolean asksAgent = environment.getOrDefault("PROXMOX_VE_SSH_AGENT", "").strip().matches("(?i)1|true|yes|y");
        String socket = environment.getOrDefault(EnvironmentCheck.AGENT_SOCKET,
                environment.getOrDefault("PROXMOX_VE_SSH_AUTH_SOCK", ""));
        return new SshLogin(environment.getOrDefault(USER_VARIABLE, "").strip(),
                environment.getOrDefault(KEY_VARIABLE, "").strip(), asksAgent ? socket.strip() : "",
                !environment.getOrDefault("PROXMOX_VE_SSH_PASSWORD", "").isEmpty(),
                environment.getOrDefault("PROXMOX_VE_SSH_SOCKS5_SERVER", "").strip());
    }

    boolean hasKey() {
        return !privateKey.isEmpty();
    }

    boolean usesAgent() {
        return !agent.isEmpty();
    }

    boolean hasPassword() {
        return password;
    }

    /** Nothing of the key. */
    @Override
    public String toString() {
        return "SshLogin[" + user + "]";
    }
}
