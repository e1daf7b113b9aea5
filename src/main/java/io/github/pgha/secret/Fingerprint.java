package io.github.pgha.secret;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells whether a secret changed without telling what it is. */
public final class Fingerprint {
    private Fingerprint() {}

    /**
     * Returns the first 64 bits of the SHA-256 of a text, in hexadecimal. Generated passwords and keys have far more than
     * 100 random bits, so nobody finds them by trying.
     */
    public static String of(String text) {
        return HexFormat.of().formatHex(sha256(text.getBytes(StandardCharsets.UTF_8)), 0, 8);
    }

    static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
