package io.github.pgha.rules;

import java.util.List;

/** Inputs that break rules. Its message has a sentence for each: the key, the value and the rule. */
public final class InvalidInputException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    InvalidInputException(List<String> problems) {
        super(problems.size() == 1
                ? problems.get(0)
                : problems.size() + " inputs are refused:\n  - " + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence for each broken rule. */
    public List<String> problems() {
        return problems;
    }
}
