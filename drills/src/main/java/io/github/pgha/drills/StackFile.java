package io.github.pgha.drills;

import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a stack's outputs come from. */
final class StackFile {
    private StackFile() {}

    /**
     * Reads a stack's outputs.
     *
     * @param name  a file, or - for {@code input}
     * @throws IllegalArgumentException with one sentence if the file can't be read or isn't what it should be
     */
    static Stack read(String name, InputStream input) throws IOException {
        if (name.equals("-")) {
            return Stack.parse(new String(input.readAllBytes(), StandardCharsets.UTF_8));
        }
        String text;
        try {
            text = Files.readString(Path.of(name));
        } catch (IOException e) {
            throw new IllegalArgumentException("--stack '" + name + "' must be a file that can be read.", e);
        }
        return Stack.parse(text);
    }
}
