package io.github.pgha.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.Rude;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class HostScriptPropertyTest {
    private static final String PREPARE = HostScript.resource("host/prepare.sh");

    @Provide
    Arbitrary<List<String>> texts() {
        return Rude.texts().list().ofMinSize(1).ofMaxSize(20);
    }

    @Property(tries = 50)
    void anyValueStandsForItselfInTheShell(@ForAll("texts") List<String> texts) throws Exception {
        var script = new StringBuilder();
        texts.forEach(text -> script.append("X=").append(HostScript.quoted(text)).append("\nprintf '%s\\0' \"$X\"\n"));
        assertThat(bash(script.toString())).isEqualTo(String.join("\0", texts) + "\0");
    }

    @Property(tries = 50)
    void anyFileArrivesAsItIs(@ForAll("texts") List<String> texts) throws Exception {
        var script = HostScript.of("host/prepare.sh");
        texts.forEach(text -> script.file(new HostFile("/x y/'" + texts.indexOf(text), "root:root", "0644", text)));
        String text = script.render();
        String library = HostScript.resource("host/lib.sh");
        assertThat(text).startsWith(library).endsWith(PREPARE);
        String files = text.substring(library.length(), text.length() - PREPARE.length());
        // Says what it is given in place of writing it.
        String said = bash("pgha_put() { printf '%s %s %s\\n' \"$@\"; cat; printf '\\0'; }\n" + files);
        assertThat(said).isEqualTo(texts.stream().map(content -> "/x y/'" + texts.indexOf(content) + " root:root 0644\n" + content
                + (content.isEmpty() || content.endsWith("\n") ? "" : "\n") + "\0").collect(Collectors.joining()));
    }

    private static String bash(String script) throws Exception {
        Process bash = new ProcessBuilder("env", "LC_ALL=C.UTF-8", "bash", "-s").redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write(script.getBytes(StandardCharsets.UTF_8));
        }
        return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
