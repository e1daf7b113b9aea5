package io.github.pgha.drills;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InspectTest {
    private final StringWriter errors = new StringWriter();

    private int run(String input, String... args) {
        var inspect = new Inspect(Map.of(), new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        return Inspect.commandLine(inspect).setErr(new PrintWriter(errors)).execute(args);
    }

    @ParameterizedTest
    @ValueSource(strings = {"doctor", "status"})
    void outputsThatArentAStacksAreOneSentence(String command) {
        assertThat(run("{}", command)).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("inspect: The stack has no output 'hosts': is it a stack of this "
                + "project, and was it brought up?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"doctor", "status"})
    void aKeyThatCantBeReadIsNotRepeated(String command) {
        assertThat(run(TestStack.json(), command)).isEqualTo(2);
        assertThat(errors.toString()).startsWith("inspect: The stack's output 'adminPrivateKey' ").hasLineCount(1)
                .doesNotContain("not a real one");
    }

    @Test
    void aStackFileThatIsntThereIsRefused() {
        assertThat(run("", "doctor", "--stack", "/nowhere.json")).isEqualTo(2);
        assertThat(errors.toString().strip()).isEqualTo("inspect: --stack '/nowhere.json' must be a file that can be read.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "operate"})
    void whatIsToBeDoneMustBeNamed(String command) {
        assertThat(command.isEmpty() ? run("") : run("", command)).isEqualTo(2);
        assertThat(errors.toString()).startsWith("inspect: ").hasLineCount(1);
    }
}
