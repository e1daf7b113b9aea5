package io.github.pgha.secret;

/** Certificates that users bring. */
public final class Certificates {
    private Certificates() {}

    /** Whether a text holds at least one certificate in PEM, and all of it that looks like one can be read. */
    public static boolean arePem(String text) {
        try {
            return !Pem.readCertificates(text).isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether a text has a private key in PEM, of whatever kind: where certificates are read, everybody may read. */
    public static boolean haveKey(String text) {
        return text.contains("PRIVATE KEY");
    }
}
