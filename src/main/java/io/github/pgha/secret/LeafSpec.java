package io.github.pgha.secret;

import java.util.List;
import java.util.Set;

/**
 * Whom a certificate names and what it may be used for.
 *
 * @param subject   distinguished name, such as {@code O=pgha postgresql}. Names and addresses below are what is verified,
 *                  so it only tells people what the certificate is for. etcd takes a common name for that of a user and
 *                  refuses it at its JSON gateway: clients of etcd have none
 * @param dnsNames  host names
 * @param addresses IPv4 addresses
 * @param usages    the ends of a connection where it may be shown, at least one
 */
public record LeafSpec(String subject, List<String> dnsNames, List<String> addresses, Set<Usage> usages) {
    /** An end of a connection. */
    public enum Usage {
        /** The end that is connected to. */
        SERVER,
        /** The end that connects. */
        CLIENT
    }

    /** @throws IllegalArgumentException if the subject or the usages break their rule */
    public LeafSpec {
        if (subject.isBlank()) {
            throw new IllegalArgumentException("a certificate's subject must not be empty");
        }
        if (usages.isEmpty()) {
            throw new IllegalArgumentException("the certificate of '" + subject + "' must have at least one usage");
        }
        dnsNames = List.copyOf(dnsNames);
        addresses = List.copyOf(addresses);
        usages = Set.copyOf(usages);
    }

    /** For the end that is connected to, at these names and addresses. */
    public static LeafSpec server(String subject, List<String> dnsNames, List<String> addresses) {
        return new LeafSpec(subject, dnsNames, addresses, Set.of(Usage.SERVER));
    }

    /** For the end that connects, from these names and addresses. */
    public static LeafSpec client(String subject, List<String> dnsNames, List<String> addresses) {
        return new LeafSpec(subject, dnsNames, addresses, Set.of(Usage.CLIENT));
    }

    /** For both ends. */
    public static LeafSpec peer(String subject, List<String> dnsNames, List<String> addresses) {
        return new LeafSpec(subject, dnsNames, addresses, Set.of(Usage.SERVER, Usage.CLIENT));
    }
}
