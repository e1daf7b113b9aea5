package io.github.pgha.secret;

import com.pulumi.core.Output;
import java.util.Objects;

/**
 * A certificate authority that the user brings.
 *
 * @param certificate certificates in PEM, all of which are trusted; the first one signs
 * @param privateKey  key of the first one in PEM, EC or RSA, without a passphrase; secret
 */
public record OwnAuthority(String certificate, Output<String> privateKey) {
    /** @throws NullPointerException if a part is missing */
    public OwnAuthority {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(privateKey, "privateKey");
    }
}
