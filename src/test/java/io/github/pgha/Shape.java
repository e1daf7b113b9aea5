package io.github.pgha;

import java.util.List;

/** A text's lines, each as its first word and its number of words, which values that are one word each don't change. */
public final class Shape {
    private Shape() {}

    /** The lines; those that are empty too. */
    public static List<String> of(String text) {
        return List.of(text.split("\n", -1)).stream().map(line -> {
            String[] words = line.strip().split("\\s+");
            return words[0] + " " + words.length;
        }).toList();
    }
}
