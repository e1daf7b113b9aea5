package io.github.pgha.balancer;

import io.github.pgha.rules.Problems;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * DNS names by which clients know the cluster, besides hosts' names and addresses. Who lets them lead to the virtual address, or
 * to members, is the network's DNS.
 *
 * @param certificate names that the certificates of PostgreSQL and of the statistics page have too, so that clients may ask for
 *                    {@code sslmode=verify-full} by them; the first label may be {@code *}
 * @param endpoint    the one of the virtual address that {@code primaryUri} and {@code replicaUri} have in place of the address;
 *                    certificates have it too. Empty for the address
 */
public record ServerNames(List<String> certificate, Optional<String> endpoint) {
    /** Clients use addresses. */
    public static final ServerNames NONE = new ServerNames(List.of(), Optional.empty());

    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    /** The last label is no number: a program would read an address. */
    private static final Pattern NAME = Pattern.compile("(?=.{1,253}$)(" + LABEL + "\\.)*(?!\\d+$)" + LABEL);
    private static final String RULE = " must be a DNS name, such as db.example.org: labels of at most 63 letters, digits and "
            + "-, at most 253 characters, without a dot at the end";

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public ServerNames {
        certificate = List.copyOf(certificate);
        Objects.requireNonNull(endpoint, "endpoint");
        var problems = new Problems();
        check(problems, certificate, endpoint.orElse(null));
        problems.orThrow();
    }

    /** Adds what is wrong with the parts; a null is passed over. */
    public static void check(Problems problems, List<String> certificate, String endpoint) {
        Stream.ofNullable(certificate).flatMap(List::stream).forEach(name -> problems.require(name,
                text -> NAME.matcher(text.startsWith("*.") && text.indexOf('.', 2) > 0 ? text.substring(2) : text).matches(),
                "certificateNames: '%s'" + RULE + "; the first label may be *"));
        problems.require(endpoint, text -> NAME.matcher(text).matches(), "endpointName '%s'" + RULE);
    }

    /** All names that certificates have beside the host's own. */
    public List<String> all() {
        return Stream.concat(certificate.stream(), endpoint.stream()).distinct().toList();
    }
}
