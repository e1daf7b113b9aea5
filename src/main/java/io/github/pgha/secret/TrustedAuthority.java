package io.github.pgha.secret;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * One of the authorities that a cluster trusts, as its stack's outputs tell it. Name and key are what a chain of
 * certificates goes by: another certificate of the same two is the same authority.
 *
 * @param subject    its name
 * @param publicKey  SHA-256 of its public key (SubjectPublicKeyInfo), in hexadecimal
 * @param generation its number, if it is a generated one
 * @param signs      whether the hosts' certificates come from it
 */
public record TrustedAuthority(String subject, String publicKey, Optional<Integer> generation, boolean signs) {
    private static final String SUBJECT = "subject";
    private static final String PUBLIC_KEY = "publicKeySha256";
    private static final String GENERATION = "generation";
    private static final String SIGNS = "signs";

    /**
     * The authorities of settings.
     *
     * @param certificates all that are trusted, in PEM, in the order of the settings
     */
    public static List<TrustedAuthority> of(String certificates, SecuritySettings security) {
        List<TrustedAuthority> all = new ArrayList<>();
        List<X509CertificateHolder> holders = Pem.readCertificates(certificates);
        boolean own = security.ownAuthority().isPresent();
        for (int i = 0; i < holders.size(); i++) {
            Optional<Integer> generation = own ? Optional.empty() : Optional.of(security.authorities().trust().get(i));
            all.add(new TrustedAuthority(holders.get(i).getSubject().toString(), hash(holders.get(i)), generation,
                    own ? i == 0 : generation.equals(Optional.of(security.authorities().sign()))));
        }
        return List.copyOf(all);
    }

    /** Reads an output; what it hasn't is passed over. */
    public static Optional<TrustedAuthority> of(Map<?, ?> output) {
        return output.get(SUBJECT) instanceof String subject && output.get(PUBLIC_KEY) instanceof String key
                ? Optional.of(new TrustedAuthority(subject, key,
                        output.get(GENERATION) instanceof Number number ? Optional.of(number.intValue()) : Optional.empty(),
                        Boolean.TRUE.equals(output.get(SIGNS))))
                : Optional.empty();
    }

    /** What {@link #of(Map)} reads. */
    public Map<String, Object> output() {
        var output = new LinkedHashMap<String, Object>();
        output.put(SUBJECT, subject);
        output.put(PUBLIC_KEY, publicKey);
        generation.ifPresent(number -> output.put(GENERATION, number));
        output.put(SIGNS, signs);
        return output;
    }

    /** Whether what one has signed is good for who trusts the other. */
    public boolean sameAs(TrustedAuthority other) {
        return subject.equals(other.subject) && publicKey.equals(other.publicKey);
    }

    private static String hash(X509CertificateHolder certificate) {
        try {
            return HexFormat.of().formatHex(Fingerprint.sha256(certificate.getSubjectPublicKeyInfo().getEncoded()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
