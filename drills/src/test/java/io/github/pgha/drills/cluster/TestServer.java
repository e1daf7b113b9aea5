package io.github.pgha.drills.cluster;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;
import org.apache.sshd.server.shell.ProcessShellCommandFactory;

/** An SSH server on this machine that runs commands and forwards. */
final class TestServer implements AutoCloseable {
    private final SshServer server = SshServer.setUpDefaultServer();
    private final KeyPair hostKey;
    private volatile PublicKey accepted;
    private final AtomicInteger logins = new AtomicInteger();
    private final Set<String> offered = new HashSet<>();
    private final List<String> forwarded = new CopyOnWriteArrayList<>();

    TestServer(KeyPair hostKey) throws IOException {
        this.hostKey = hostKey;
        server.setHost("127.0.0.1");
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setPublickeyAuthenticator((user, key, session) -> {
            synchronized (offered) {
                offered.add(KeyUtils.getFingerPrint(key));
            }
            return KeyUtils.compareKeys(key, accepted);
        });
        server.setCommandFactory(ProcessShellCommandFactory.INSTANCE);
        server.setForwardingFilter(new AcceptAllForwardingFilter() {
            @Override
            protected boolean checkAcceptance(String request, Session session, SshdSocketAddress target) {
                forwarded.add(target.getHostName() + ":" + target.getPort());
                return true;
            }
        });
        server.addSessionListener(new SessionListener() {
            @Override
            public void sessionEvent(Session session, Event event) {
                if (event == Event.Authenticated) {
                    logins.incrementAndGet();
                }
            }
        });
        server.start();
    }

    /** Lets nobody in but who has this key. */
    void accept(KeyPair key) {
        accepted = key.getPublic();
    }

    int port() {
        return server.getPort();
    }

    String hostKey() {
        return PublicKeyEntry.toString(hostKey.getPublic());
    }

    int logins() {
        return logins.get();
    }

    /** How many keys it was offered. */
    int offered() {
        synchronized (offered) {
            return offered.size();
        }
    }

    /** Where it was asked to lead to. */
    List<String> forwarded() {
        return List.copyOf(forwarded);
    }

    void breakConnections() throws IOException {
        for (var session : new ArrayList<>(server.getActiveSessions())) {
            session.close(true).await();
        }
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }
}
