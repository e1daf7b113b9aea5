package io.github.pgha.sandbox.ssh;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.subsystem.SubsystemFactory;

/**
 * The node's SSH: one user without any privilege, by key only. Commands and SFTP are real programs of this machine, which
 * can write in the storage alone, and there only what the user may.
 */
public final class NodeSsh implements AutoCloseable {
    /** The user's name. */
    public static final String USER = "pgha";
    /** Its number, and that of its group: nobody else's on this machine. */
    public static final int UID = 64_310;

    private static final String SFTP = "/usr/lib/openssh/sftp-server";

    private final SshServer server;

    /**
     * Starts to listen; port 0 takes a free one.
     *
     * @param storages the directories that clients may write to, by the paths where the node has them
     * @param shell the program that runs a client's command: SHELL UID COMMAND PATH DIRECTORY...
     */
    public NodeSsh(String address, int port, Path hostKey, Path authorizedKey, Map<Path, Path> storages,
            Path shell)
            throws IOException {
        PublicKey authorized = publicKey(authorizedKey);
        server = SshServer.setUpDefaultServer();
        server.setHost(address);
        server.setPort(port);
        server.setKeyPairProvider(new FileKeyPairProvider(hostKey));
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        server.setPublickeyAuthenticator((user, key, session) ->
                user.equals(USER) && KeyUtils.compareKeys(key, authorized));
        server.setCommandFactory((channel, command) -> command(shell, storages, command));
        server.setSubsystemFactories(List.of(new SubsystemFactory() {
            @Override
            public String getName() {
                return "sftp";
            }

            @Override
            public Command createSubsystem(ChannelSession channel) {
                return command(shell, storages, "exec " + SFTP);
            }
        }));
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ofMinutes(10));
        server.start();
    }

    private static Command command(Path shell, Map<Path, Path> storages, String command) {
        List<String> words = new ArrayList<>(List.of(shell.toString(), String.valueOf(UID), command));
        storages.forEach((path, directory) -> words.addAll(List.of(path.toString(), directory.toString())));
        return new NodeCommand(words);
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
