package io.github.pgha.host;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import java.util.Objects;
import java.util.Optional;

/**
 * A machine that can be reached by SSH: a virtual machine made by this program, or one that exists already.
 *
 * @param name       host name; also the first part of the names of its resources
 * @param address    IPv4 address without prefix, reachable from where the program runs
 * @param user       a user that may use sudo without a password
 * @param privateKey the user's private key in OpenSSH format; secret
 * @param hostKey    the host's public key ({@code ssh-ed25519 AAAA...}); every connection is refused unless it matches
 * @param machine    the resource that is this machine; when it is replaced, what was installed on it is installed again.
 *                   Empty for a host that exists already
 * @param repair     counts up: each new number runs all scripts again, to put back what was changed by hand; 0 for
 *                   never
 */
public record Host(
        String name,
        String address,
        String user,
        Output<String> privateKey,
        Output<String> hostKey,
        Optional<Resource> machine,
        int repair) {

    /**
     * @throws NullPointerException     if a part is missing
     * @throws IllegalArgumentException if {@code repair} is negative
     */
    public Host {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(privateKey, "privateKey");
        Objects.requireNonNull(hostKey, "hostKey");
        Objects.requireNonNull(machine, "machine");
        if (repair < 0) {
            throw new IllegalArgumentException("repair '" + repair + "' must be at least 0");
        }
    }

    /** A host that was never repaired. */
    public Host(String name, String address, String user, Output<String> privateKey, Output<String> hostKey,
            Optional<Resource> machine) {
        this(name, address, user, privateKey, hostKey, machine, 0);
    }

    /** The same host with another {@link #repair}. */
    public Host repaired(int number) {
        return new Host(name, address, user, privateKey, hostKey, machine, number);
    }
}
