package io.github.pgha.secret;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.HKDFParameters;

/**
 * The one secret of a host that all its private keys come from: 256 random bits, in Base64. A key for a new purpose needs
 * nothing new in the state. Keys are of type EC on the curve P-256.
 */
public final class KeySeed {
    static final ECNamedDomainParameters P256 = new ECNamedDomainParameters(
            SECObjectIdentifiers.secp256r1, CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1));
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SEED_BYTES = 32;
    /** 64 bits more than the group's order has, so that the remainder below is uniform (FIPS 186-5, A.2.1). */
    private static final int SCALAR_BYTES = 40;

    private KeySeed() {}

    /** Returns a new seed. */
    public static String generate() {
        byte[] seed = new byte[SEED_BYTES];
        RANDOM.nextBytes(seed);
        return Base64.getEncoder().encodeToString(seed);
    }

    /**
     * Returns the private key of a purpose in PEM (PKCS #8), always the same one. Purposes don't tell of each other's keys
     * (HKDF, RFC 5869).
     *
     * @param seed    what {@link #generate()} made
     * @param purpose what the key is for, such as {@code etcd-peer}
     * @throws IllegalArgumentException if the seed isn't one; the message doesn't repeat it
     */
    public static String privateKey(String seed, String purpose) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(seed);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a key seed must be in Base64", e);
        }
        if (bytes.length != SEED_BYTES) {
            throw new IllegalArgumentException("a key seed must have " + SEED_BYTES + " bytes");
        }
        return Pem.privateKey(privateKey(bytes, purpose));
    }

    private static ECPrivateKeyParameters privateKey(byte[] seed, String purpose) {
        var hkdf = new HKDFBytesGenerator(new SHA256Digest());
        hkdf.init(new HKDFParameters(seed, null, ("pgha private key: " + purpose).getBytes(StandardCharsets.UTF_8)));
        byte[] out = new byte[SCALAR_BYTES];
        hkdf.generateBytes(out, 0, out.length);
        BigInteger scalar = new BigInteger(1, out).mod(P256.getN().subtract(BigInteger.ONE)).add(BigInteger.ONE);
        return new ECPrivateKeyParameters(scalar, P256);
    }
}
