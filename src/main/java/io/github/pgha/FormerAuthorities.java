package io.github.pgha;

import io.github.pgha.rules.Problems;
import io.github.pgha.secret.CaGenerations;
import io.github.pgha.secret.SecuritySettings;
import io.github.pgha.secret.TrustedAuthority;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The authorities of the last complete {@code up}. In the course of one the hosts have the former settings or the new ones:
 * so both must trust who signed and who signs. Else members of etcd, and balancers and PostgreSQL's members, take each other
 * for strangers until the last one is done.
 *
 * @param trusted all of them; empty if the stack's outputs don't tell
 */
record FormerAuthorities(List<TrustedAuthority> trusted) {
    private static final String FIRST = "trust it in one `up` beside the present one, and let it sign in the next: see "
            + "docs/security.md";

    /**
     * Reads a stack's output.
     *
     * @param output {@code authorities}, or null
     */
    static FormerAuthorities of(Object output) {
        return new FormerAuthorities(output instanceof List<?> all ? all.stream()
                .flatMap(entry -> entry instanceof Map<?, ?> map ? TrustedAuthority.of(map).stream() : Stream.empty()).toList()
                : List.of());
    }

    /** Adds what is wrong with a change. */
    void check(Problems problems, SecuritySettings wanted) {
        Optional<TrustedAuthority> signer = trusted.stream().filter(TrustedAuthority::signs).findFirst();
        if (signer.isEmpty()) {
            return;
        }
        if (wanted.ownAuthority().isPresent()) {
            own(problems, wanted.ownAuthority().get().certificate(), wanted, signer.get());
        } else if (signer.get().generation().isEmpty()) {
            problems.add("caCertificate must stay set: a generated authority would sign in the `up` that makes it, when nobody "
                    + "trusts it yet; another one of your own can take its place, see docs/security.md");
        } else {
            generated(problems, wanted.authorities(), signer.get());
        }
    }

    private void generated(Problems problems, CaGenerations wanted, TrustedAuthority signer) {
        problems.require(wanted.sign(), number -> knew(former -> former.generation().filter(number::equals).isPresent()),
                "caSign '%s' must be one that all hosts trust since the last `up`: " + FIRST);
        problems.require(wanted.trust(), numbers -> numbers.contains(signer.generation().orElseThrow()),
                "caTrust '%s' must keep %s, which signed in the last `up`: take it out after one in which another signs",
                signer.generation().orElseThrow());
    }

    private void own(Problems problems, String certificates, SecuritySettings wanted, TrustedAuthority signer) {
        List<TrustedAuthority> all = TrustedAuthority.of(certificates, wanted);
        all.stream().findFirst().ifPresent(first -> problems.require(first, signs -> knew(signs::sameAs),
                "caCertificate: '%2$s', which is the first and signs, must be one that all hosts trust since the last `up`: "
                        + FIRST, first.subject()));
        if (all.stream().noneMatch(signer::sameAs)) {
            problems.add("caCertificate must keep '%s', which signed in the last `up`: take it out after one in which another "
                    + "signs", signer.subject());
        }
    }

    private boolean knew(Predicate<TrustedAuthority> which) {
        return trusted.stream().anyMatch(which);
    }
}
