package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.sandbox.identity.Identity;
import io.github.pgha.sandbox.ssh.NodeSsh;
import io.github.pgha.sandbox.storage.Storage;
import io.github.pgha.sandbox.storage.TreeDisks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snippet upload, in both ways that Terraform's and Pulumi's Proxmox providers know. */
class NodeSshTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    Path state;
    private Path storage;
    private Path key;
    private NodeSsh server;
    private SshClient client;

    @BeforeEach
    void start() throws IOException {
        new Identity(state.resolve("identity"), Map.of("pve", "127.0.0.1"), new ObjectMapper());
        storage = state.resolve("storage");
        new Storage("local", storage, state.resolve("images"), new ObjectMapper()).shareSnippets(NodeSsh.UID);
        key = state.resolve("identity/id_ed25519");
        server = new NodeSsh("127.0.0.1", 0, state.resolve("identity/ssh_host_ed25519_key"),
                state.resolve("identity/id_ed25519.pub"), Map.of(storage, storage), Path.of("lib/node-shell").toAbsolutePath());
        client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.start();
    }

    @AfterEach
    void stop() throws IOException {
        client.stop();
        server.close();
    }

    @Test
    void uploadsBySftp() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/lib/openssh/sftp-server")), "needs Debian's openssh-sftp-server");
        String file = storage + "/snippets/user.yaml";
        try (ClientSession session = login(); SftpClient sftp = SftpClientFactory.instance().createSftpClient(session)) {
            try (var out = sftp.write(file)) {
                out.write("#cloud-config\n".getBytes(StandardCharsets.UTF_8));
            }
            assertEquals(14, sftp.stat(file).getSize());
        }
        assertEquals("#cloud-config\n", Files.readString(Path.of(file)));
    }

    @Test
    void sftpStaysInTheStorage() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/lib/openssh/sftp-server")), "needs Debian's openssh-sftp-server");
        try (ClientSession session = login(); SftpClient sftp = SftpClientFactory.instance().createSftpClient(session)) {
            assertThrows(IOException.class, () -> sftp.stat(state.resolve("identity/token").toString()));
            assertThrows(IOException.class, () -> sftp.write(state.resolve("x").toString()).close());
            assertThrows(IOException.class, () -> sftp.write(storage + "/x").close());
        }
        assertFalse(Files.exists(state.resolve("x")));
        assertFalse(Files.exists(storage.resolve("x")));
    }

    @Test
    void uploadsByStream() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "needs root: it makes a mount namespace");
        String probe = run("/bin/bash -c 'if [ \"$(id -u)\" = \"0\" ]; then echo \"0\"; else echo \"1\"; fi'", "");
        assertEquals("1\n", probe);
        String file = storage + "/snippets/user.yaml";
        String script = "export TRY_SUDO_USE_SUDO=0; _try_sudo_check(){ if [ -z \"${_try_sudo_cached:-}\" ]; then "
                + "_try_sudo_use_sudo=\"${TRY_SUDO_USE_SUDO:-0}\"; _try_sudo_cached=1; fi; }; "
                + "try_sudo(){ _try_sudo_check; if [ \"$_try_sudo_use_sudo\" = \"1\" ]; then sudo \"$@\"; "
                + "else \"$@\"; fi; }; try_sudo /usr/bin/tee " + file;
        assertEquals("#cloud-config\n", run("/bin/bash -c '" + script + "'", "#cloud-config\n"));
        assertEquals("#cloud-config\n", Files.readString(Path.of(file)));
    }

    @Test
    void aCommandCannotWriteElsewhere() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "needs root: it makes a mount namespace");
        IOException failure = assertThrows(IOException.class, () -> run("echo x > " + state.resolve("x"), ""));
        assertTrue(failure.getMessage().contains("Read-only file system"), failure.getMessage());
        assertFalse(Files.exists(state.resolve("x")));
    }

    @Test
    void inAFolderThatRootMadeNothingCanBeWritten() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "needs root: it makes a mount namespace");
        Storage local = new Storage("local", storage, state.resolve("images"), new ObjectMapper());
        String file = storage + "/snippets/user.yaml";
        run("/usr/bin/tee " + file, "#cloud-config\n");
        local.delete("local:snippets/user.yaml");
        assertFalse(Files.exists(storage.resolve("snippets")), "the folder goes with its last file");
        local.activate();
        IOException failure = assertThrows(IOException.class, () -> run("/usr/bin/tee " + file, "#cloud-config\n"));
        assertTrue(failure.getMessage().contains("Permission denied"), failure.getMessage());
        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(storage.resolve("snippets"))));
    }

    @Test
    void aNodeHasItsOwnFilesAtThePathOfAll() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/proc/1/oom_score_adj")), "needs root: it makes a mount namespace");
        Path own = state.resolve("pve2/local");
        Storage local = new Storage("local", own, storage, false,
                new TreeDisks(state.resolve("images"), new ObjectMapper()));
        local.shareSnippets(NodeSsh.UID);
        server.close();
        server = new NodeSsh("127.0.0.1", 0, state.resolve("identity/ssh_host_ed25519_key"),
                state.resolve("identity/id_ed25519.pub"), Map.of(local.shown(), local.path()),
                Path.of("lib/node-shell").toAbsolutePath());
        run("/usr/bin/tee " + storage + "/snippets/user.yaml", "#cloud-config\n");
        assertEquals("#cloud-config\n", Files.readString(own.resolve("snippets/user.yaml")));
        assertFalse(Files.exists(storage.resolve("snippets/user.yaml")));
    }

    @Test
    void rootIsRefused() throws Exception {
        try (ClientSession session = client.connect("root", "127.0.0.1", server.port()).verify(PATIENCE).getSession()) {
            session.addPublicKeyIdentity(new FileKeyPairProvider(key).loadKeys(session).iterator().next());
            assertThrows(IOException.class, () -> session.auth().verify(PATIENCE));
        }
    }

    @Test
    void anotherKeyIsRefused() throws Exception {
        KeyPair other = KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, 256);
        try (ClientSession session = client.connect("pgha", "127.0.0.1", server.port()).verify(PATIENCE).getSession()) {
            session.addPublicKeyIdentity(other);
            assertThrows(IOException.class, () -> session.auth().verify(PATIENCE));
        }
    }

    @Test
    void aPasswordIsRefused() throws Exception {
        try (ClientSession session = client.connect("pgha", "127.0.0.1", server.port()).verify(PATIENCE).getSession()) {
            session.addPasswordIdentity("letmein");
            assertThrows(IOException.class, () -> session.auth().verify(PATIENCE));
        }
    }

    private ClientSession login() throws IOException {
        ClientSession session = client.connect("pgha", "127.0.0.1", server.port()).verify(PATIENCE).getSession();
        session.addPublicKeyIdentity(new FileKeyPairProvider(key).loadKeys(session).iterator().next());
        session.auth().verify(PATIENCE);
        return session;
    }

    /** Runs a command with its input; its output, or an exception with what it said. */
    private String run(String command, String input) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (ClientSession session = login(); ChannelExec channel = session.createExecChannel(command)) {
            channel.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            channel.setOut(out);
            channel.setErr(err);
            channel.open().verify(PATIENCE);
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE);
            if (channel.getExitStatus() == null || channel.getExitStatus() != 0) {
                throw new IOException(command + " ended with " + channel.getExitStatus() + ": " + err);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
