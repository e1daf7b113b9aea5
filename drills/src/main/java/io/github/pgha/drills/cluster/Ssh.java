package io.github.pgha.drills.cluster;

import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.JumpHost;
import io.github.pgha.drills.stack.Stack;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;

/**
 * Runs scripts as root on the hosts, through their jump hosts if they have some. Each host, jump hosts too, must show the key
 * that the stack's outputs name.
 */
public final class Ssh implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);

    private static final Duration OPEN = Duration.ofSeconds(10);
    private static final AttributeKey<PublicKey> HOST_KEY = new AttributeKey<>();
    // A host without power says nothing: its connection must not count as one for long.
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final int HEARTBEATS_MISSED = 3;

    private final SshClient client;
    private final Map<String, ClientSession> sessions = new ConcurrentHashMap<>();
    private final Map<String, Object> locks = new ConcurrentHashMap<>();
    private final Map<String, PublicKey> hostKeys = new HashMap<>();

    /** What a script said and how it ended. */
    public record Result(int exitCode, String out, String err) {}

    /**
     * @param agent holds the keys that aren't in the outputs
     * @throws IllegalArgumentException if a key in the outputs can't be read, or there is none and no agent
     */
    public Ssh(Stack stack, Optional<Agent> agent) {
        Optional<KeyPair> identity = stack.privateKey().map(Ssh::identity);
        if (identity.isEmpty() && agent.isEmpty()) {
            throw new IllegalArgumentException("The stack's output 'adminPrivateKey' is empty, so an ssh-agent must hold the "
                    + "key (SSH_AUTH_SOCK in the environment).");
        }
        for (Host host : stack.hosts()) {
            read(host.hostKey(), "'" + host + "'");
            host.jumpHost().ifPresent(jump -> read(jump.hostKey(), "the jump host of '" + host + "'"));
        }
        client = SshClient.setUpDefaultClient();
        // The user's own settings, keys and known hosts have nothing to do with this cluster.
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        // Asked during the key exchange, so before a session could be told which host it is for: its context says so.
        client.setServerKeyVerifier((session, address, key) ->
                KeyUtils.compareKeys(key, session.getConnectionContext().getAttribute(HOST_KEY)));
        client.setUserAuthFactories(List.of(new Keys(identity, agent)));
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, HEARTBEATS_MISSED);
        client.start();
    }

    private void read(String hostKey, String of) {
        try {
            hostKeys.put(hostKey, PublicKeyEntry.parsePublicKeyEntry(hostKey).resolvePublicKey(null, null, null));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException("The stack's output 'hosts' has a 'hostKey' of " + of
                    + " that isn't an SSH public key.", e);
        }
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
        } catch (IOException | IllegalStateException e) {
            // The second: a session that is just being closed takes no channel.
            forget(host);
            throw new IOException(host + " (" + host.address() + ") can't be used over SSH: " + e.getMessage(), e);
        }
    }

    private ChannelExec open(Host host) throws IOException {
        synchronized (locks.computeIfAbsent(host.name(), name -> new Object())) {
            ClientSession session = sessions.get(host.name());
            if (session == null || !session.isOpen() || !session.isAuthenticated()) {
                session = host.jumpHost().isPresent() ? login(host, host.jumpHost().get())
                        : login(host.user(), host.address(), host.port(), host.hostKey());
                sessions.put(host.name(), session);
            }
            return session.createExecChannel(shell(host));
        }
    }

    /** Each host has a connection of its own to its jump host, so that none has to do with what becomes of another's. */
    private ClientSession login(Host host, JumpHost jump) throws IOException {
        ClientSession way;
        try {
            way = login(jump.user(), jump.address(), jump.port(), jump.hostKey());
        } catch (IOException e) {
            throw new IOException("its jump host " + jump + " can't be used: " + e.getMessage(), e);
        }
        var there = new SshdSocketAddress(host.address(), host.port());
        // Nobody else needs the port once the connection is made.
        try (var port = way.createLocalPortForwardingTracker(SshdSocketAddress.LOCALHOST_ADDRESS, there)) {
            SshdSocketAddress here = port.getBoundAddress();
            ClientSession session = login(host.user(), here.getHostName(), here.getPort(), host.hostKey());
            session.addCloseFutureListener(closed -> way.close(true));
            way.addCloseFutureListener(closed -> session.close(true));
            return session;
        } catch (IOException e) {
            String why = reason(way, there).orElse(e.getMessage());
            way.close(true);
            throw new IOException("through its jump host " + jump + ": " + why, e);
        }
    }

    /** Why a jump host doesn't lead to an address: all that a login there tells of it is that the connection has ended. */
    private static Optional<String> reason(ClientSession way, SshdSocketAddress there) {
        try (var channel = way.createDirectTcpipChannel(SshdSocketAddress.LOCALHOST_ADDRESS, there)) {
            channel.open().verify(OPEN);
            return Optional.empty();
        } catch (IOException e) {
            Throwable refusal = Optional.ofNullable(e.getCause()).orElse(e);
            return Optional.of("it doesn't lead there: " + refusal.getMessage());
        }
    }

    private ClientSession login(String user, String address, int port, String hostKey) throws IOException {
        var context = AttributeRepository.ofKeyValuePair(HOST_KEY, hostKeys.get(hostKey));
        ClientSession session = client.connect(user, address, port, context).verify(CONNECT).getSession();
        try {
            session.auth().verify(CONNECT);
            return session;
        } catch (IOException e) {
            session.close(true);
            throw e;
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
