package io.github.pgha.secret;

import io.github.pgha.rules.Problems;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.util.OpenSSHPrivateKeyUtil;
import org.bouncycastle.util.io.pem.PemReader;

/** Whether a text is a private key that an SSH client can use by itself. Format: OpenSSH's PROTOCOL.key. */
public final class SshPrivateKey {
    private static final Pattern PEM = Pattern.compile(
            "\\s*-----BEGIN ([A-Z ]*PRIVATE KEY)-----(.*)-----END \\1-----\\s*", Pattern.DOTALL);
    private static final String OPENSSH = "OPENSSH PRIVATE KEY";
    private static final String MAGIC = "openssh-key-v1\0";

    private SshPrivateKey() {}

    /**
     * Adds what is wrong with a key, which isn't repeated.
     *
     * @param problems collector
     * @param key      what it is called in sentences
     * @param text     the key in PEM; null is passed over
     */
    public static void check(Problems problems, String key, String text) {
        if (text == null) {
            return;
        }
        Matcher pem = PEM.matcher(text);
        if (!pem.matches()) {
            problems.add("%s must be a private key in PEM, from -----BEGIN OPENSSH PRIVATE KEY----- to the end; "
                    + "what it is isn't shown here", key);
            return;
        }
        try {
            if (locked(pem.group(1), pem.group(2))) {
                problems.add("%s must have no passphrase, which nobody could be asked for: "
                        + "let an ssh-agent hold the key instead", key);
            } else {
                read(pem.group(1), text);
            }
        } catch (IOException | RuntimeException e) {
            // Bouncy Castle's own words may have a part of the key in them.
            problems.add("%s must be a whole private key, as ssh-keygen writes it, and can't be read; "
                    + "what it is isn't shown here", key);
        }
    }

    private static boolean locked(String type, String body) {
        if (!type.equals(OPENSSH)) {
            return type.contains("ENCRYPTED") || body.contains("ENCRYPTED");
        }
        var blob = ByteBuffer.wrap(Base64.getMimeDecoder().decode(body));
        blob.position(MAGIC.length());
        byte[] cipher = new byte[Math.min(Math.max(0, blob.getInt()), blob.remaining())];
        blob.get(cipher);
        return !new String(cipher, StandardCharsets.US_ASCII).equals("none");
    }

    /** Reads a key, only to see whether it can be read. */
    private static void read(String type, String text) throws IOException {
        if (!type.equals(OPENSSH)) {
            Pem.readPrivateKey(text);
            return;
        }
        try (var pem = new PemReader(new StringReader(text))) {
            OpenSSHPrivateKeyUtil.parsePrivateKeyBlob(pem.readPemObject().getContent());
        }
    }
}
