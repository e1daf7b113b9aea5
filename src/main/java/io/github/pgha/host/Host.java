package io.github.pgha.host;

import com.pulumi.core.Output;
import java.util.Objects;

/**
 * A machine that can be reached by SSH: a virtual machine made by this program, or one that exists already.
 *
 * @param name       host name; also the first part of the names of its resources
 * @param address    IPv4 address without prefix, reachable from where the program runs
 * @param user       a user that may use sudo without a password
 * @param privateKey the user's private key in OpenSSH format; secret
 * @param hostKey    the host's public key ({@code ssh-ed25519 AAAA...}); every connection is refused unless it matches
 * @param machine    tells this machine from one that was here before it: when it changes, everything is installed again.
 *                   An empty text for a host that exists already
 * @param again      what makes all scripts run again
 */
public record Host(
        String name,
        String address,
        String user,
        Output<String> privateKey,
        Output<String> hostKey,
        Output<String> machine,
        Again again) {

    /** @throws NullPointerException if a part is missing */
    public Host {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(privateKey, "privateKey");
        Objects.requireNonNull(hostKey, "hostKey");
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(again, "again");
    }

    /** A host on which nothing is run again. */
    public Host(String name, String address, String user, Output<String> privateKey, Output<String> hostKey,
            Output<String> machine) {
        this(name, address, user, privateKey, hostKey, machine, Again.NEVER);
    }

    /** The same host on which scripts run again. */
    public Host again(Again number) {
        return new Host(name, address, user, privateKey, hostKey, machine, number);
    }
}
