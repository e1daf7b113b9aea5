package io.github.pgha.drills.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.JumpHost;
import io.github.pgha.drills.stack.Login;
import io.github.pgha.drills.stack.Stack;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshTest {
    private static final Duration SHORT = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private KeyPair ours;
    private TestServer gate;
    private TestServer target;

    @BeforeEach
    void start() throws IOException {
        ours = pair();
        gate = new TestServer(pair());
        target = new TestServer(pair());
        gate.accept(ours);
        target.accept(ours);
    }

    @AfterEach
    void stop() throws IOException {
        gate.close();
        target.close();
    }

    @Test
    void whoLogsInAsRootNeedsNoSudo() {
        assertThat(Ssh.shell(user("root"))).isEqualTo("bash -s");
        assertThat(Ssh.shell(user("admin"))).isEqualTo("sudo bash -s");
    }

    @Test
    void aHostWithoutAJumpHostIsReachedDirectly() throws IOException {
        Host host = host(target.hostKey(), Optional.empty());
        try (var ssh = ssh(host, Optional.of(ours), Optional.empty())) {
            assertThat(run(ssh, host)).isEqualTo("it ran");
        }
        assertThat(gate.logins()).isZero();
    }

    @Test
    void aHostBehindAJumpHostIsReachedThroughIt() throws IOException {
        try (var ssh = ssh(behind(), Optional.of(ours), Optional.empty())) {
            assertThat(run(ssh, behind())).isEqualTo("it ran");
            assertThat(run(ssh, behind())).isEqualTo("it ran");
        }
        assertThat(gate.forwarded()).containsExactly("127.0.0.1:" + target.port());
        assertThat(target.logins()).isOne();
    }

    @Test
    void aJumpHostThatShowsAnotherKeyIsRefused() {
        Host host = host(target.hostKey(), Optional.of(jump(line(pair()))));
        try (var ssh = ssh(host, Optional.of(ours), Optional.empty())) {
            assertThatThrownBy(() -> run(ssh, host)).isInstanceOf(IOException.class).hasMessage("p1 (127.0.0.1) can't be used "
                    + "over SSH: its jump host 127.0.0.1 can't be used: Server key did not validate");
        }
        assertThat(gate.logins()).isZero();
        assertThat(target.logins()).isZero();
    }

    @Test
    void aHostBehindAJumpHostThatShowsAnotherKeyIsRefused() {
        // Such as the jump host's own: that it is known doesn't make it another host's.
        Host host = host(gate.hostKey(), Optional.of(jump(gate.hostKey())));
        try (var ssh = ssh(host, Optional.of(ours), Optional.empty())) {
            assertThatThrownBy(() -> run(ssh, host)).isInstanceOf(IOException.class).hasMessage("p1 (127.0.0.1) can't be used "
                    + "over SSH: through its jump host 127.0.0.1: Server key did not validate");
        }
        assertThat(gate.forwarded()).isNotEmpty();
        assertThat(target.logins()).isZero();
    }

    @Test
    void aHostThatItsJumpHostDoesntReachIsNamed() throws IOException {
        target.close();
        try (var ssh = ssh(behind(), Optional.of(ours), Optional.empty())) {
            assertThatThrownBy(() -> run(ssh, behind())).isInstanceOf(IOException.class)
                    .hasMessageStartingWith(
                    "p1 (127.0.0.1) can't be used over SSH: through its jump host 127.0.0.1: it doesn't lead there: ");
        }
    }

    @Test
    void aJumpHostThatCameBackIsUsedAgain() throws IOException {
        try (var ssh = ssh(behind(), Optional.of(ours), Optional.empty())) {
            assertThat(run(ssh, behind())).isEqualTo("it ran");
            gate.breakConnections();
            try {
                run(ssh, behind());
            } catch (IOException e) {
                // So soon it may not be known that the connection is broken.
            }
            assertThat(run(ssh, behind())).isEqualTo("it ran");
        }
        assertThat(gate.forwarded()).hasSize(2);
    }

    @Test
    void anAgentLogsInWhereTheOutputsHaveNoKey() throws IOException {
        KeyPair key = agents();
        gate.accept(key);
        target.accept(key);
        try (var agent = new TestAgent(folder, agents(), key);
                var ssh = ssh(behind(), Optional.empty(), agent(agent.socket()))) {
            assertThat(run(ssh, behind())).isEqualTo("it ran");
        }
    }

    @Test
    void anAgentMayHoldTheJumpHostsKeyAlone() throws IOException {
        KeyPair key = agents();
        gate.accept(key);
        try (var agent = new TestAgent(folder, agents(), key);
                var ssh = ssh(behind(), Optional.of(ours), agent(agent.socket()))) {
            assertThat(run(ssh, behind())).isEqualTo("it ran");
        }
        // A server listens to a few keys only: that of the outputs comes first.
        assertThat(target.offered()).isOne();
    }

    @Test
    void anAgentThatIsGoneIsSaidWhereItIsNeededOnly() throws IOException {
        Optional<Agent> gone = agent(folder.resolve("nobody"));
        try (var ssh = ssh(behind(), Optional.of(ours), gone)) {
            assertThat(run(ssh, behind())).isEqualTo("it ran");
        }
        try (var ssh = ssh(behind(), Optional.empty(), gone)) {
            assertThatThrownBy(() -> run(ssh, behind())).isInstanceOf(IOException.class)
                    .hasMessageContaining("the ssh-agent (SSH_AUTH_SOCK) can't be asked: ");
        }
    }

    @Test
    void aJumpHostsKeyThatIsNoneIsSaidAtOnce() {
        Host host = host(target.hostKey(), Optional.of(jump("ssh-ed25519 AAAA")));
        assertThatThrownBy(() -> ssh(host, Optional.of(ours), Optional.empty())).hasMessage("The stack's output 'hosts' has a "
                + "'hostKey' of the jump host of 'p1' that isn't an SSH public key.");
    }

    private static Host user(String name) {
        return new Host("p1", "10.0.0.11", name, "ssh-ed25519 AAAA", 22, Optional.empty(), "", 0, Set.of(Host.POSTGRES));
    }

    private Host host(String hostKey, Optional<JumpHost> jump) {
        return new Host("p1", "127.0.0.1", "root", hostKey, target.port(), jump, "", 0, Set.of(Host.POSTGRES));
    }

    private Host behind() {
        return host(target.hostKey(), Optional.of(jump(gate.hostKey())));
    }

    private JumpHost jump(String hostKey) {
        return new JumpHost("127.0.0.1", "jump", hostKey, gate.port());
    }

    private Ssh ssh(Host host, Optional<KeyPair> key, Optional<Agent> agent) {
        var stack = new Stack("10.0.0.50", 5000, 5001, new Login("app", "secret", "app"), List.of(host), key.map(SshTest::pem),
                Optional.empty(), false, Optional.empty());
        return new Ssh(stack, agent);
    }

    private static Optional<Agent> agent(Path socket) {
        return Agent.of(Map.of("SSH_AUTH_SOCK", socket.toString()));
    }

    private static String run(Ssh ssh, Host host) throws IOException {
        return ssh.run(host, "echo it ran", SHORT).out();
    }

    private static KeyPair pair() {
        return pair(KeyPairProvider.SSH_ED25519);
    }

    /** The library's own agent, unlike others, signs with no Ed25519 key of Bouncy Castle's. */
    private static KeyPair agents() {
        return pair(KeyPairProvider.ECDSA_SHA2_NISTP256);
    }

    private static KeyPair pair(String type) {
        try {
            return KeyUtils.generateKeyPair(type, 256);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String line(KeyPair pair) {
        return PublicKeyEntry.toString(pair.getPublic());
    }

    private static String pem(KeyPair pair) {
        var out = new ByteArrayOutputStream();
        try {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "", null, out);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        return out.toString(StandardCharsets.US_ASCII);
    }
}
