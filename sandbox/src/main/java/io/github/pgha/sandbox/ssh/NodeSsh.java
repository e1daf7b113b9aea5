package io.github.pgha.sandbox.ssh;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/** The node's SSH: root, by key only. Commands run in a real shell that can write in the storage alone. */
public final class NodeSsh implements AutoCloseable {
    private final SshServer server;

    /**
     * Starts to listen; port 0 takes a free one.
     *
     * @param storage the one directory that clients may write to
     * @param shell the program that runs a client's command: SHELL STORAGE COMMAND
     */
    public NodeSsh(String address, int port, Path hostKey, Path authorizedKey, Path storage, Path shell)
            throws IOException {
        PublicKey authorized = publicKey(authorizedKey);
        server = SshServer.setUpDefaultServer();
        server.setHost(address);
        server.setPort(port);
        server.setKeyPairProvider(new FileKeyPairProvider(hostKey));
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        server.setPublickeyAuthenticator((user, key, session) ->
                user.equals("root") && KeyUtils.compareKeys(key, authorized));
        server.setCommandFactory((channel, command) -> new NodeCommand(
                List.of(shell.toString(), storage.toString(), command)));
        SftpSubsystemFactory sftp = new SftpSubsystemFactory.Builder()
                .withFileSystemAccessor(new ConfinedFiles(storage)).build();
        server.setSubsystemFactories(List.of(sftp));
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ofMinutes(10));
        server.start();
    }

    public int port() {
        return server.getPort();
    }

    private static PublicKey publicKey(Path file) throws IOException {
        try {
            return AuthorizedKeyEntry.readAuthorizedKeys(file).get(0)
                    .resolvePublicKey(null, PublicKeyEntryResolver.FAILING);
        } catch (GeneralSecurityException e) {
            throw new IOException("can't read the public key " + file, e);
        }
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }
}
