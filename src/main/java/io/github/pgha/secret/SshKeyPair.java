package io.github.pgha.secret;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.Base64;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.OpenSSHPrivateKeyUtil;
import org.bouncycastle.crypto.util.OpenSSHPublicKeyUtil;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** SSH keys of type ed25519, in OpenSSH's own format. */
public final class SshKeyPair {
    private static final String PEM_TYPE = "OPENSSH PRIVATE KEY";

    private SshKeyPair() {}

    /** Returns a new private key in PEM. */
    public static String generate() {
        var generator = new Ed25519KeyPairGenerator();
        generator.init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        var privateKey = (Ed25519PrivateKeyParameters) generator.generateKeyPair().getPrivate();
        var text = new StringWriter();
        try (var pem = new PemWriter(text)) {
            pem.writeObject(new PemObject(PEM_TYPE, OpenSSHPrivateKeyUtil.encodePrivateKey(privateKey)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /**
     * Returns the public key, as a line of {@code authorized_keys} without a comment.
     *
     * @param privateKey ed25519 in OpenSSH's PEM format, without a passphrase
     * @throws IllegalArgumentException if it isn't one; the message doesn't repeat the key
     */
    public static String publicKey(String privateKey) {
        AsymmetricKeyParameter key;
        try (var pem = new PemReader(new java.io.StringReader(privateKey))) {
            var object = pem.readPemObject();
            if (object == null || !PEM_TYPE.equals(object.getType())) {
                throw new IllegalArgumentException("an SSH private key must be in OpenSSH's PEM format");
            }
            key = OpenSSHPrivateKeyUtil.parsePrivateKeyBlob(object.getContent());
        } catch (IOException | IllegalStateException e) {
            throw new IllegalArgumentException("an SSH private key can't be read: " + e.getMessage(), e);
        }
        if (!(key instanceof Ed25519PrivateKeyParameters ed25519)) {
            throw new IllegalArgumentException("an SSH private key must be of type ed25519");
        }
        try {
            return "ssh-ed25519 " + Base64.getEncoder()
                    .encodeToString(OpenSSHPublicKeyUtil.encodePublicKey(ed25519.generatePublicKey()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
