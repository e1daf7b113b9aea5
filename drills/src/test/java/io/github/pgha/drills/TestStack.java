package io.github.pgha.drills;

import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A stack's outputs and other files for tests. */
public final class TestStack {
    private TestStack() {}

    /** The outputs of six hosts. */
    public static String json() {
        return file("stack.json");
    }

    /** The same, read. */
    public static Stack stack() {
        return Stack.parse(json());
    }

    /** A file beside this class. */
    public static String file(String name) {
        try (var in = TestStack.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
