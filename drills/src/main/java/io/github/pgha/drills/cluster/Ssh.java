package io.github.pgha.drills.cluster;

import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;

/** Runs scripts as root on the hosts. Each host must show the key that the stack's outputs name. */
public final class Ssh implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);

    private static final Duration OPEN = Duration.ofSeconds(10);
    // A host without power says nothing: its connection must not count as one for long.
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final int HEARTBEATS_MISSED = 3;

    private final SshClient client;
    private final Map<String, ClientSession> sessions = new ConcurrentHashMap<>();
    private final Map<String, Object> locks = new ConcurrentHashMap<>();
    private final KeyPair identity;
    private final Map<String, PublicKey> hostKeys = new HashMap<>();

    /** What a script said and how it ended. */
    public record Result(int exitCode, String out, String err) {}

    /** @throws IllegalArgumentException if a key in the outputs can't be read */
    public Ssh(Stack stack) {
        identity = identity(stack.privateKey());
        for (Host host : stack.hosts()) {
            try {
                hostKeys.put(host.address(),
                        PublicKeyEntry.parsePublicKeyEntry(host.hostKey()).resolvePublicKey(null, null, null));
            } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
                throw new IllegalArgumentException("The stack's output 'hosts' has a 'hostKey' of '" + host
                        + "' that isn't an SSH public key.", e);
            }
        }
        client = SshClient.setUpDefaultClient();
        // The user's own settings, keys and known hosts have nothing to do with this cluster.
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        // Asked during the key exchange, so before a session could be told which host it is for.
        client.setServerKeyVerifier((session, address, key) -> address instanceof InetSocketAddress inet
                && KeyUtils.compareKeys(key, hostKeys.get(inet.getHostString())));
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, HEARTBEATS_MISSED);
        client.start();
    }

    private static KeyPair identity(String pem) {
        try (var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))) {
            for (KeyPair pair : SecurityUtils.loadKeyPairIdentities(null, () -> "adminPrivateKey", in, null)) {
                return pair;
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // Its message might quote the key.
            throw new IllegalArgumentException("The stack's output 'adminPrivateKey' can't be read: it must be a "
                    + "private SSH key in PEM (" + e.getClass().getSimpleName() + ").");
        }
        throw new IllegalArgumentException("The stack's output 'adminPrivateKey' has no private SSH key in PEM.");
    }

    /**
     * Runs a script by bash as root and waits for its end. Connections are kept for the next script.
     *
     * @throws IOException if the host can't be reached, shows another key, or the script doesn't end in time
     */
    public Result run(Host host, String script, Duration atMost) throws IOException {
        try (ChannelExec channel = open(host)) {
            var out = new ByteArrayOutputStream();
            var err = new ByteArrayOutputStream();
            channel.setIn(new ByteArrayInputStream(script.getBytes(StandardCharsets.UTF_8)));
            channel.setOut(out);
            channel.setErr(err);
            channel.open().verify(OPEN);
            var events = channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), atMost);
            if (events.contains(ClientChannelEvent.TIMEOUT)) {
                throw new IOException("a script on it did not end within " + atMost.toSeconds() + " s");
            }
            Integer status = channel.getExitStatus();
            return new Result(status == null ? -1 : status, out.toString(StandardCharsets.UTF_8).strip(),
                    err.toString(StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            forget(host);
            throw new IOException(host + " (" + host.address() + ") can't be used over SSH: " + e.getMessage(), e);
        }
    }

    private ChannelExec open(Host host) throws IOException {
        synchronized (locks.computeIfAbsent(host.name(), name -> new Object())) {
            ClientSession session = sessions.get(host.name());
            if (session == null || !session.isOpen() || !session.isAuthenticated()) {
                session = client.connect(host.user(), host.address(), host.port()).verify(CONNECT).getSession();
                sessions.put(host.name(), session);
                session.addPublicKeyIdentity(identity);
                session.auth().verify(CONNECT);
            }
            return session.createExecChannel(shell(host));
        }
    }

    /** A host where one may log in as root may have no sudo. */
    static String shell(Host host) {
        return host.user().equals("root") ? "bash -s" : "sudo bash -s";
    }

    private void forget(Host host) {
        ClientSession session = sessions.remove(host.name());
        if (session != null) {
            session.close(true);
        }
    }

    @Override
    public void close() {
        client.stop();
    }
}
