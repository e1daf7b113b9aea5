package io.github.pgha.sandbox.identity;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;

/** SSH key pairs in OpenSSH's files. */
final class SshKeys {
    private SshKeys() { }

    /** Makes FILE and FILE.pub unless they are there. */
    static void ensure(Path file, String comment) throws IOException {
        Path publicFile = file.resolveSibling(file.getFileName() + ".pub");
        if (Files.exists(file) && Files.exists(publicFile)) {
            return;
        }
        try {
            KeyPair pair = KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, 256);
            Secrets.write(file, text(out -> OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(
                    pair, comment, null, out)));
            Secrets.write(publicFile, text(out -> OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(
                    pair, comment, out)).strip() + "\n");
        } catch (GeneralSecurityException e) {
            throw new IOException("can't make an SSH key for " + file, e);
        }
    }

    @FunctionalInterface
    private interface Writer {
        void write(ByteArrayOutputStream out) throws IOException, GeneralSecurityException;
    }

    private static String text(Writer writer) throws IOException, GeneralSecurityException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(out);
        return out.toString(StandardCharsets.UTF_8);
    }
}
