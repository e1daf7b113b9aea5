package io.github.pgha.secret;

import io.github.pgha.rules.Problems;
import java.util.List;
import java.util.Objects;

/**
 * Which generated certificate authorities are trusted and which one signs. An authority is replaced by three {@code up}s:
 * trust [1, 2] and sign 1, so that everybody knows the new one; trust [1, 2] and sign 2, so that everybody shows the new
 * one's certificates; trust [2] and sign 2. Clients take the new {@code caCertificate} after the first and before the second.
 *
 * @param trust numbers from 1, each once, in the order of the bundle
 * @param sign  one of them
 */
public record CaGenerations(List<Integer> trust, int sign) {
    /** Trust and sign by the first one. */
    public static final CaGenerations DEFAULT = new CaGenerations(List.of(1), 1);

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public CaGenerations {
        trust = List.copyOf(trust);
        var problems = new Problems();
        check(problems, trust, sign);
        problems.orThrow();
    }

    /** Adds what is wrong with the parts; a null is passed over. */
    static void check(Problems problems, List<Integer> trust, Integer sign) {
        if (trust == null || trust.stream().anyMatch(Objects::isNull)) {
            return;
        }
        if (problems.require(trust, t -> t.stream().allMatch(g -> g >= 1) && t.stream().distinct().count() == t.size(),
                "caTrust '%s' must be numbers from 1, each once")) {
            problems.require(sign, trust::contains, "caSign '%s' must be one of caTrust '%s'", trust);
        }
    }
}
