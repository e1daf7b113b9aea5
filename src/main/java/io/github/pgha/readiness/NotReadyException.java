package io.github.pgha.readiness;

import java.util.List;

/** A cluster in which an {@code up} would fail half way. Its message has a sentence for each reason, with what to do. */
public final class NotReadyException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** @param problems at least one sentence */
    public NotReadyException(List<String> problems) {
        super("the `up` doesn't begin, since it couldn't end, and nothing was changed:\n  - " + String.join("\n  - ", problems));
    }
}
