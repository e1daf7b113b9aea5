package io.github.pgha.drills.fault;

import java.io.IOException;

/** A fault that can't be tried on this cluster without harm to others; the message says why. */
public final class SkippedException extends IOException {
    public SkippedException(String message) {
        super(message);
    }
}
