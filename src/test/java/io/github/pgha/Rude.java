package io.github.pgha;

import io.github.pgha.rules.InvalidInputException;
import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Tuple;

/** Texts that are hard on whoever writes them into a file: quotes, {@code $}, {@code %}, new lines, Unicode. */
public final class Rude {
    private static final Arbitrary<String> PIECES = Arbitraries.of(
            "'", "''", "\"", "\\", "\\n", "$", "${HOME}", "$(id)", "`id`", "%", "%s", "%%", "#", " # ", ";", "|", "&",
            "<", ">", "*", "?", "~", "!", "@", ",", ".", ":", ": ", "- ", "=", "{", "}", "{{", "[", "]", "(", ")",
            "/", "../", "--", " ", "  ", "\t", "\n", "\r\n", "\n\n", "\u0001", "\u001b[0m", "\u007f", "\u0085",
            "\u0090", "\u00a0", "\u2028", "\u2029", "\ufeff", "\u202e", "\u00e4", "e\u0301", "\u05d0", "\u0663",
            "\uff13", "\ud83d\ude00", "PGHA_END_OF_FILE", "\nPGHA_END_OF_FILE\n", "a", "b", "Z", "0", "1", "x y");
    /** What one reader or another of YAML, JSON or a shell takes for something else than a text. */
    private static final Arbitrary<String> WORDS = Arbitraries.of(
            "yes", "no", "on", "off", "null", "~", "true", "false", "y", "n", "nan", ".nan", ".inf", "1e3", "1.0e10",
            "1.0E+5", "0x1f", "0o7", "017", "0b11", "12", "-1", "+1", "1_000", "12:30:45", "190:20:30.15",
            "2024-01-02", "=", "<<", "!!str a", "&a", "*a", "---", "...", "%YAML 1.1", "", " ", "0", "all", "dev",
            "global", "primary", "localhost");

    private Rude() {}

    /** Any text, on one line or several. */
    public static Arbitrary<String> texts() {
        return Arbitraries.frequencyOf(
                Tuple.of(4, PIECES.list().ofMaxSize(8).map(pieces -> String.join("", pieces))),
                Tuple.of(1, WORDS));
    }

    /** Names of hosts, roles, interfaces and the like: many are accepted. */
    public static Arbitrary<String> names() {
        return Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.strings().withChars("abnoyxe019-").ofMinLength(1).ofMaxLength(15)),
                Tuple.of(2, Arbitraries.strings().withChars("abEZ09-_.").ofMinLength(1).ofMaxLength(6)),
                Tuple.of(1, Arbitraries.strings().withChars("az0-").ofMinLength(60).ofMaxLength(64)),
                Tuple.of(1, WORDS),
                Tuple.of(1, texts()));
    }

    /** Whether an input is accepted. */
    public static boolean accepted(Supplier<?> input) {
        try {
            input.get();
            return true;
        } catch (InvalidInputException e) {
            return false;
        }
    }
}
