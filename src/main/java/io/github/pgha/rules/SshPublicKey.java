package io.github.pgha.rules;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Whether a line of {@code authorized_keys} holds a key that sshd takes. Formats: RFC 4253 6.6, RFC 5656 3.1, RFC 8709
 * 4 and OpenSSH's PROTOCOL.u2f.
 */
public final class SshPublicKey {
    private static final String RSA = "ssh-rsa";
    private static final List<String> TYPES = List.of("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521", RSA, "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com");
    private static final List<String> HOST_TYPES = TYPES.stream().filter(type -> !type.equals(RSA)).toList();
    /** Shorter RSA keys are out of use since 2014 (NIST SP 800-131A). */
    private static final int LEAST_RSA_BITS = 2048;
    private static final int ED25519_BYTES = 32;

    private SshPublicKey() {}

    /**
     * Adds what is wrong with a line. The line itself isn't repeated: it may be a private key, put there by mistake.
     *
     * @param problems collector
     * @param key      what the line is called in sentences, such as {@code authorizedKeys[0]}
     * @param line     type, key in base64 and perhaps a comment
     */
    public static void check(Problems problems, String key, String line) {
        check(problems, key, line, TYPES);
    }

    private static void check(Problems problems, String key, String line, List<String> types) {
        if (line == null) {
            return;
        }
        if (line.chars().anyMatch(Character::isISOControl)) {
            problems.add("%s must be an SSH public key on one line, such as 'ssh-ed25519 AAAA... name'", key);
            return;
        }
        String[] parts = line.strip().split(" +", 3);
        if (!types.contains(parts[0])) {
            problems.add("%s must start with the type of an SSH public key: %s", key, String.join(", ", types));
            return;
        }
        String named = parts.length == 3 ? key + " (" + parts[2] + ")" : key;
        if (parts.length == 1) {
            problems.add("%s must have the key itself, in base64, after its type %s", named, parts[0]);
            return;
        }
        try {
            fault(parts[0], ByteBuffer.wrap(Base64.getDecoder().decode(parts[1])))
                    .ifPresent(fault -> problems.add("%s must be a whole %s key: %s", named, parts[0], fault));
        } catch (IllegalArgumentException e) {
            problems.add("%s must have its %s key in base64", named, parts[0]);
        } catch (BufferUnderflowException e) {
            problems.add("%s must be a whole %s key: it ends too early", named, parts[0]);
        }
    }

    /**
     * Adds what is wrong with a key that a server is to prove to have. An RSA key is refused: the Command provider pins its
     * type's name, {@code ssh-rsa}, and that is also the name of a signature by SHA-1, which no server of today makes.
     *
     * @param problems collector
     * @param key      what the line is called in sentences, such as {@code jumpHost: hostKey}
     * @param line     type, key in base64 and perhaps a comment
     */
    public static void checkHostKey(Problems problems, String key, String line) {
        if (line != null && line.strip().startsWith(RSA + " ")) {
            problems.add("%s is an RSA key (ssh-rsa): it must be of another type, since the Command provider can't check an RSA"
                    + " key; take the line in the host's /etc/ssh/ssh_host_ed25519_key.pub", key);
            return;
        }
        check(problems, key, line, HOST_TYPES);
    }

    private static Optional<String> fault(String type, ByteBuffer blob) {
        String inner = text(blob);
        if (!inner.equals(type)) {
            return Optional.of("the key itself is of another type");
        }
        Optional<String> fault = type.equals(RSA) ? rsaFault(blob)
                : type.contains("ed25519") ? ed25519Fault(blob)
                : curveFault(type.replaceAll(".*(nistp\\d+).*", "$1"), blob);
        if (fault.isEmpty() && type.startsWith("sk-") && text(blob).isEmpty()) {
            return Optional.of("it names no application");
        }
        return fault.isEmpty() && blob.hasRemaining() ? Optional.of("it is too long") : fault;
    }

    private static Optional<String> rsaFault(ByteBuffer blob) {
        bytes(blob);
        byte[] modulus = bytes(blob);
        int bits = modulus.length == 0 ? 0 : new BigInteger(modulus).bitLength();
        return bits >= LEAST_RSA_BITS ? Optional.empty()
                : Optional.of("it has " + bits + " bits and needs at least " + LEAST_RSA_BITS);
    }

    private static Optional<String> ed25519Fault(ByteBuffer blob) {
        int length = bytes(blob).length;
        return length == ED25519_BYTES ? Optional.empty()
                : Optional.of("it has " + length + " bytes instead of " + ED25519_BYTES);
    }

    private static Optional<String> curveFault(String curve, ByteBuffer blob) {
        if (!text(blob).equals(curve)) {
            return Optional.of("the key itself is of another curve");
        }
        byte[] point = bytes(blob);
        // Two coordinates and a byte that says that they are not compressed.
        int length = 1 + 2 * ((Integer.parseInt(curve.substring("nistp".length())) + 7) / 8);
        return point.length == length && point[0] == 4 ? Optional.empty()
                : Optional.of("its point must have " + length + " bytes, uncompressed");
    }

    private static String text(ByteBuffer blob) {
        return new String(bytes(blob), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(ByteBuffer blob) {
        int length = blob.getInt();
        if (length < 0 || length > blob.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        blob.get(bytes);
        return bytes;
    }
}
