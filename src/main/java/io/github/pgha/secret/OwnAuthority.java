package io.github.pgha.secret;

import com.pulumi.core.Output;
import io.github.pgha.rules.Problems;
import java.util.Objects;

/**
 * A certificate authority that the user brings.
 *
 * @param certificate certificates in PEM, all of which are trusted; the first one signs
 * @param privateKey  key of the first one in PEM, EC or RSA, without a passphrase; secret
 */
public record OwnAuthority(String certificate, Output<String> privateKey) {
    /** @throws io.github.pgha.rules.InvalidInputException if there is a private key among the certificates */
    public OwnAuthority {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(privateKey, "privateKey");
        var problems = new Problems();
        check(problems, certificate);
        problems.orThrow();
        // It goes to hosts and into an output as it is, whatever system the file was written on.
        certificate = certificate.replace("\r\n", "\n");
    }

    /** Adds what is wrong with the certificates, which aren't repeated; a null is passed over. */
    static void check(Problems problems, String certificate) {
        if (certificate != null && Certificates.haveKey(certificate)) {
            problems.add("caCertificate must have certificates only, since everybody may read it, and has a private key, which "
                    + "belongs into caPrivateKey alone");
        }
    }
}
