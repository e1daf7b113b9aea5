package io.github.pgha.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class HostScriptPropertyTest {
    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.strings().withChars("ab '\"\\$`!*?~{}()<>|&;#%\n\t\r=").withChars('\u0001', '\u00ff')
                .ofMaxLength(30).list().ofMinSize(1).ofMaxSize(20);
    }

    @Property(tries = 100)
    void anyValueStandsForItselfInTheShell(@ForAll("texts") List<String> texts) throws Exception {
        var script = new StringBuilder();
        texts.forEach(text -> script.append("X=").append(HostScript.quoted(text)).append("\nprintf '%s\\0' \"$X\"\n"));
        Process bash = new ProcessBuilder("env", "LC_ALL=C.UTF-8", "bash", "-s").redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write(script.toString().getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).isEqualTo(String.join("\0", texts) + "\0");
    }
}
