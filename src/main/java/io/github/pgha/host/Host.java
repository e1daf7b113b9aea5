package io.github.pgha.host;

import com.pulumi.core.Output;
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
 * @param machine    tells this machine from one that was here before it: when it changes, everything is installed again.
 *                   Empty for a host that exists already
 * @param again      what makes all scripts run again
 * @param leftOut    whether it doesn't answer, so that what runs there already stays as it is for now
 */
public record Host(
        String name,
        String address,
        int port,
        String user,
        Optional<Output<String>> privateKey,
        Output<String> hostKey,
        Optional<JumpHost> jumpHost,
        Optional<Output<String>> machine,
        Again again,
        boolean leftOut) {
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
        Objects.requireNonNull(again, "again");
    }

    /** One that answers. */
    public Host(String name, String address, int port, String user, Optional<Output<String>> privateKey,
            Output<String> hostKey, Optional<JumpHost> jumpHost, Optional<Output<String>> machine, Again again) {
        this(name, address, port, user, privateKey, hostKey, jumpHost, machine, again, false);
    }

    /** One that is reached directly, at port 22 and with a key, and on which nothing is run again. */
    public Host(String name, String address, String user, Output<String> privateKey, Output<String> hostKey,
            Optional<Output<String>> machine) {
        this(name, address, SSH_PORT, user, Optional.of(privateKey), hostKey, Optional.empty(), machine, Again.NEVER);
    }

    /** The same host on which scripts run again. */
    public Host again(Again number) {
        return new Host(name, address, port, user, privateKey, hostKey, jumpHost, machine, number, leftOut);
    }

    /** The same host, which answers or doesn't. */
    public Host leftOut(boolean doesNotAnswer) {
        return new Host(name, address, port, user, privateKey, hostKey, jumpHost, machine, again, doesNotAnswer);
    }
}
