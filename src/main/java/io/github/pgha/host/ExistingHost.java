package io.github.pgha.host;

import com.pulumi.core.Output;
import io.github.pgha.rules.Problems;
import io.github.pgha.rules.SshPublicKey;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A host that exists already and runs Debian 13: VirtualBox's, bare metal, another cloud's. It becomes the cluster's.
 *
 * @param name       what it is called in the cluster: lower-case letters, digits and hyphens. The host itself may differ
 * @param address    IPv4 address with prefix, such as {@code 192.168.56.11/24}: where SSH, the other hosts and clients
 *                   reach it
 * @param user       who logs in: root, or a user that may use sudo without a password
 * @param privateKey that user's private key in PEM, without a passphrase; secret. Empty for the keys of an ssh-agent
 * @param hostKey    the public key that the host must show ({@code ssh-ed25519 AAAA...}), not an RSA one: its
 *                   {@code /etc/ssh/ssh_host_ed25519_key.pub}
 * @param port       port of its SSH server, 1 to 65535
 * @param jumpHost   what it is reached through; empty if it is reached directly
 * @param memoryMb   memory in MiB that PostgreSQL's settings are made for; at least 1024 on a PostgreSQL host
 */
public record ExistingHost(
        String name,
        String address,
        String user,
        Optional<Output<String>> privateKey,
        String hostKey,
        int port,
        Optional<JumpHost> jumpHost,
        int memoryMb) implements HostSpec {

    /** Ports of what the cluster runs on its hosts. */
    private static final Set<Integer> TAKEN = Set.of(2379, 2380, 5432, 8008);

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public ExistingHost {
        Objects.requireNonNull(privateKey, "privateKey");
        Objects.requireNonNull(jumpHost, "jumpHost");
        var problems = new Problems();
        check(problems, "host '" + name + "'", Objects.requireNonNull(name, "name"),
                Objects.requireNonNull(address, "address"), Objects.requireNonNull(user, "user"),
                Objects.requireNonNull(hostKey, "hostKey"), port, memoryMb);
        problems.orThrow();
    }

    /** One whose SSH server is at port 22 and is reached directly, with a key. */
    public ExistingHost(String name, String address, String user, Output<String> privateKey, String hostKey,
            int memoryMb) {
        this(name, address, user, Optional.of(privateKey), hostKey, Host.SSH_PORT, Optional.empty(), memoryMb);
    }

    /** The same host behind another. */
    public ExistingHost behind(JumpHost jump) {
        return new ExistingHost(name, address, user, privateKey, hostKey, port, Optional.of(jump), memoryMb);
    }

    /**
     * Adds what is wrong with the parts; a null is passed over.
     *
     * @param host what the host is called in sentences, such as {@code host 'pg1'}
     */
    public static void check(Problems problems, String host, String name, String address, String user, String hostKey,
            Integer port, Integer memoryMb) {
        HostRules.check(problems, host, name, address);
        checkLogin(problems, host, user, hostKey, port);
        problems.require(port, number -> !TAKEN.contains(number),
                "%2$s: port '%1$s' must not be one that etcd, PostgreSQL or Patroni listens at", host);
        problems.require(memoryMb, n -> n >= 512, "%2$s: memoryMb '%1$s' must be at least 512 MiB", host);
    }

    static void checkLogin(Problems problems, String host, String user, String hostKey, Integer port) {
        problems.require(user, text -> text.matches("[A-Za-z_][A-Za-z0-9_.-]{0,31}"),
                "%2$s: user '%1$s' must be the name of a user: 1 to 32 letters, digits, _, . and -", host);
        SshPublicKey.checkHostKey(problems, host + ": hostKey", hostKey);
        problems.require(port, number -> number >= 1 && number <= 65535, "%2$s: port '%1$s' must be 1 to 65535", host);
    }
}
