package io.github.pgha.secret;

import io.github.pgha.rules.Problems;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Certificates and generated passwords.
 *
 * @param rotation        counts up: each new number makes every generated password anew; at least 1
 * @param certificateLife how long a certificate is valid; it is renewed by an {@code up} in its last third
 * @param authorities     which generated authorities are trusted and which one signs
 * @param ownAuthority    an authority that is used in their place
 */
public record SecuritySettings(
        int rotation, Duration certificateLife, CaGenerations authorities, Optional<OwnAuthority> ownAuthority) {
    /** Clients refuse to trust longer ones, and an authority lasts ten years. */
    private static final int MOST_DAYS = 825;
    /** Rotation 1, 365 days, the first generated authority. */
    public static final SecuritySettings DEFAULT =
            new SecuritySettings(1, Duration.ofDays(365), CaGenerations.DEFAULT, Optional.empty());

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public SecuritySettings {
        Objects.requireNonNull(ownAuthority, "ownAuthority");
        var problems = new Problems();
        check(problems, rotation, Math.toIntExact(certificateLife.toDays()), authorities.trust(), authorities.sign(), null,
                null);
        problems.orThrow();
    }

    /** Adds what is wrong with the parts; a null is passed over, but for that of an authority of one's own without the other. */
    public static void check(Problems problems, Integer rotation, Integer certificateDays, List<Integer> caTrust,
            Integer caSign, String caCertificate, String caPrivateKey) {
        problems.require(rotation, number -> number >= 1, "rotation '%s' must be at least 1");
        problems.require(certificateDays, days -> days >= Renewal.LEAST_DAYS && days <= MOST_DAYS,
                "certificateDays '%s' must be %s, so that there is time to renew, to %s", Renewal.LEAST_DAYS, MOST_DAYS);
        CaGenerations.check(problems, caTrust, caSign);
        OwnAuthority.check(problems, caCertificate);
        if ((caCertificate == null) != (caPrivateKey == null)) {
            problems.add("caCertificate and caPrivateKey must be set both or not at all");
        } else if (caCertificate == null || Certificates.haveKey(caCertificate)) {
            // There is none, or what is wrong with it was said.
            return;
        } else if (!Certificates.arePem(caCertificate)) {
            problems.add("caCertificate must be one or more certificates in PEM");
        } else {
            try {
                CertificateAuthority.read(caCertificate, caPrivateKey);
            } catch (IllegalArgumentException e) {
                problems.add("%s", e.getMessage());
            }
        }
    }
}
