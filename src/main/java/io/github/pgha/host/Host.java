package io.github.pgha.host;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import java.util.Objects;
import java.util.Optional;

/**
 * A machine that can be reached by SSH: a virtual machine made by this program, or one that exists already.
 *
 * @param name       host name; also the first part of the names of its resources
 * @param address    IPv4 address without prefix, reachable from where the program runs or from the jump host
 * @param port       port of its SSH server
 * @param user       root, or a user that may use sudo without a password
 * @param privateKey the user's private key in OpenSSH format; secret. Empty for the keys of an ssh-agent
 * @param hostKey    the host's public key ({@code ssh-ed25519 AAAA...}); every connection is refused unless it matches
 * @param jumpHost   what it is reached through; empty if it is reached directly
 * @param machine    the resource that is this machine; when it is replaced, what was installed on it is installed again.
 *                   Empty for a host that exists already
 */
public record Host(
        String name,
        String address,
        int port,
        String user,
        Optional<Output<String>> privateKey,
        Output<String> hostKey,
        Optional<JumpHost> jumpHost,
        Optional<Resource> machine) {
    /** Where SSH servers listen unless they are told otherwise. */
    public static final int SSH_PORT = 22;

    /** @throws NullPointerException if a part is missing */
    public Host {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(privateKey, "privateKey");
        Objects.requireNonNull(hostKey, "hostKey");
        Objects.requireNonNull(jumpHost, "jumpHost");
        Objects.requireNonNull(machine, "machine");
    }

    /** One that is reached directly, at port 22 and with a key. */
    public Host(String name, String address, String user, Output<String> privateKey, Output<String> hostKey,
            Optional<Resource> machine) {
        this(name, address, SSH_PORT, user, Optional.of(privateKey), hostKey, Optional.empty(), machine);
    }
}
