package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Compares rendered text with a whole file among the test resources. */
public final class ExpectedFile {
    private ExpectedFile() {}

    /**
     * Asserts that the text is what the file holds.
     *
     * @param test a test; the file is beside it
     * @param file name of the file
     * @param text what was rendered
     */
    public static void assertSame(Object test, String file, String text) throws IOException {
        try (var in = test.getClass().getResourceAsStream(file)) {
            assertThat(in).as("test resource " + file).isNotNull();
            assertThat(text).isEqualTo(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
