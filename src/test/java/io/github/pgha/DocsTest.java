package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the docs quote is what is compiled and tested. */
class DocsTest {
    private static final Path EXAMPLE = Path.of("examples/stack-reference/src");

    @Test
    void snippetsForClientsAreThoseOfTheExample() throws IOException {
        String docs = Files.readString(Path.of("docs/clients.md"));
        String client = Files.readString(EXAMPLE.resolve("main/java/shop/Client.java"));
        var regions = Pattern.compile("    // docs: (\\w+)\n(.*?)    // docs: end\n", Pattern.DOTALL).matcher(client);
        int found = 0;
        while (regions.find()) {
            found++;
            String snippet = regions.group(2).stripTrailing().stripIndent();
            assertThat(docs).as(regions.group(1)).contains("```java\n" + snippet + "\n```");
        }
        assertThat(found).isEqualTo(2);
        assertThat(docs).contains("```properties\n"
                + Files.readString(EXAMPLE.resolve("test/resources/application.properties")) + "```");
    }
}
