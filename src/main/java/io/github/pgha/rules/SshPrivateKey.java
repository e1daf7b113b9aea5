package io.github.pgha.rules;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a text is a private key that an SSH client can use by itself. Format: OpenSSH's PROTOCOL.key. */
public final class SshPrivateKey {
    private static final Pattern PEM = Pattern.compile(
            "\\s*-----BEGIN ([A-Z ]*PRIVATE KEY)-----(.*)-----END \\1-----\\s*", Pattern.DOTALL);
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
        } else if (locked(pem.group(1), pem.group(2))) {
            problems.add("%s must have no passphrase, which nobody could be asked for: "
                    + "let an ssh-agent hold the key instead", key);
        }
    }

    private static boolean locked(String type, String body) {
        if (!type.equals("OPENSSH PRIVATE KEY")) {
            return type.contains("ENCRYPTED") || body.contains("ENCRYPTED");
        }
        try {
            var blob = ByteBuffer.wrap(Base64.getMimeDecoder().decode(body));
            blob.position(MAGIC.length());
            byte[] cipher = new byte[Math.min(Math.max(0, blob.getInt()), blob.remaining())];
            blob.get(cipher);
            return !new String(cipher, StandardCharsets.US_ASCII).equals("none");
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            // The SSH client says what it thinks of it.
            return false;
        }
    }
}
