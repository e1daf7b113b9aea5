package io.github.pgha.sandbox.ssh;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.apache.sshd.sftp.server.SftpFileSystemAccessor;
import org.apache.sshd.sftp.server.SftpSubsystemProxy;

/** Lets SFTP clients see the storage and nothing else of this machine. */
final class ConfinedFiles implements SftpFileSystemAccessor {
    private final Path storage;

    ConfinedFiles(Path storage) {
        this.storage = storage.toAbsolutePath().normalize();
    }

    @Override
    public Path resolveLocalFilePath(SftpSubsystemProxy subsystem, Path rootDir, String remotePath)
            throws IOException, InvalidPathException {
        // The storage is also where a client begins.
        Path path = storage.resolve(remotePath).normalize();
        // The directories above it must be visible, else clients can't walk down to it.
        if (!path.startsWith(storage) && !storage.startsWith(path)) {
            throw new AccessDeniedException(path.toString(), null, "only " + storage + " can be reached here");
        }
        return path;
    }
}
