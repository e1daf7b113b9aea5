package io.github.pgha.proxmox.api;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What a server's certificate says of itself.
 *
 * @param names    host names and addresses that it is for
 * @param issuer   who signed it, as a distinguished name
 * @param believed whether who signed it is believed; then a failure is about the name or nothing
 */
public record ServerCertificate(List<String> names, String issuer, boolean believed) {
    private static final int DNS_NAME = 2;
    private static final int ADDRESS = 7;

    /** Copies the list. */
    public ServerCertificate {
        names = List.copyOf(names);
    }

    static ServerCertificate of(X509Certificate certificate, boolean believed) {
        return new ServerCertificate(names(certificate), certificate.getIssuerX500Principal().getName(), believed);
    }

    private static List<String> names(X509Certificate certificate) {
        try {
            Collection<List<?>> names = Optional.ofNullable(certificate.getSubjectAlternativeNames()).orElse(List.of());
            return names.stream().filter(name -> name.get(0).equals(DNS_NAME) || name.get(0).equals(ADDRESS))
                    .map(name -> name.get(1).toString()).toList();
        } catch (CertificateParsingException e) {
            // A certificate whose names can't be read is for none.
            return List.of();
        }
    }
}
