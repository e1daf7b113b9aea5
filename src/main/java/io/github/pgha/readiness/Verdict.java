package io.github.pgha.readiness;

import java.util.List;
import java.util.Set;

/**
 * Whether an {@code up} may begin.
 *
 * @param problems a sentence for each thing that would let it fail half way; with one, it must not begin
 * @param notes    what is worth knowing
 * @param leftOut  names of the hosts that don't answer and that the rest can go on without
 */
public record Verdict(List<String> problems, List<String> notes, Set<String> leftOut) {
    /** Nothing to say. */
    public static final Verdict READY = new Verdict(List.of(), List.of(), Set.of());

    /** Copies the collections. */
    public Verdict {
        problems = List.copyOf(problems);
        notes = List.copyOf(notes);
        leftOut = Set.copyOf(leftOut);
    }
}
