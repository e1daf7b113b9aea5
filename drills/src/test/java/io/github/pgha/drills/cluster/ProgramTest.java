package io.github.pgha.drills.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {
    @TempDir
    private Path folder;

    private Program program(String script) throws IOException {
        Path file = Files.writeString(folder.resolve("program"), "#!/bin/sh\n" + script + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return Program.of(Map.of("SWITCH", file.toString()), "SWITCH").orElseThrow();
    }

    @Test
    void itIsGivenItsArguments() throws Exception {
        program("echo \"$@\" >" + folder.resolve("said")).run(Duration.ofSeconds(5), "pve1", "off");
        assertThat(folder.resolve("said")).hasContent("pve1 off\n");
    }

    @Test
    void whatFailsIsToldWithWhatItSaid() throws Exception {
        Program program = program("echo 'no such node' >&2; exit 3");
        assertThatThrownBy(() -> program.run(Duration.ofSeconds(5), "pve9", "off"))
                .isInstanceOf(IOException.class).hasMessageEndingWith("program pve9 off failed: no such node");
    }

    @Test
    void itIsNotWaitedForForEver() throws Exception {
        Program program = program("exec sleep 20");
        assertThatThrownBy(() -> program.run(Duration.ofSeconds(1), "pve1", "on"))
                .hasMessageEndingWith("program pve1 on did not end within 1 s");
    }

    @Test
    void withoutTheVariableThereIsNone() {
        assertThat(Program.of(Map.of("SWITCH", " "), "SWITCH")).isEmpty();
        assertThat(NodePower.of(Map.of())).isEmpty();
    }
}
