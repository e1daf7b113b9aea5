package io.github.pgha.host;

import com.pulumi.core.Output;
import io.github.pgha.rules.Problems;
import java.util.Objects;
import java.util.Optional;

/**
 * A host through whose SSH server others are reached. It has nothing to do but to forward TCP, which it must allow.
 *
 * @param address    IPv4 address or DNS name
 * @param user       who logs in there
 * @param privateKey that user's private key in PEM, without a passphrase; secret. Empty for the keys of an ssh-agent
 * @param hostKey    the public key that it must show ({@code ssh-ed25519 AAAA...}), not an RSA one
 * @param port       port of its SSH server, 1 to 65535
 */
public record JumpHost(String address, String user, Optional<Output<String>> privateKey, String hostKey, int port) {
    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public JumpHost {
        Objects.requireNonNull(privateKey, "privateKey");
        var problems = new Problems();
        check(problems, "jumpHost", Objects.requireNonNull(address, "address"), Objects.requireNonNull(user, "user"),
                Objects.requireNonNull(hostKey, "hostKey"), port);
        problems.orThrow();
    }

    /** One whose SSH server is at port 22, with a key. */
    public JumpHost(String address, String user, Output<String> privateKey, String hostKey) {
        this(address, user, Optional.of(privateKey), hostKey, Host.SSH_PORT);
    }

    /**
     * Adds what is wrong with the parts; a null is passed over.
     *
     * @param host what it is called in sentences
     */
    public static void check(Problems problems, String host, String address, String user, String hostKey,
            Integer port) {
        problems.require(address, text -> text.matches("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"),
                "%2$s: address '%1$s' must be an IPv4 address without a prefix or a DNS name", host);
        ExistingHost.checkLogin(problems, host, user, hostKey, port);
    }
}
