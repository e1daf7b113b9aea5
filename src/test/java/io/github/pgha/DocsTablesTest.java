package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.pulumi.core.Output;
import com.pulumi.test.PulumiTest;
import com.pulumi.test.internal.PulumiTestInternal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The tables in {@code docs/} of what goes into the program and comes out of it are those of its code. */
class DocsTablesTest {
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    @Test
    void inputs() throws IOException {
        String rows = LabConfig.schema().entrySet().stream()
                .map(input -> row(code(input.getKey()), type(input.getValue()), preset(input.getValue()),
                        (String) input.getValue().get("description")))
                .collect(Collectors.joining());
        assertCurrent("inputs.md", """
                # Inputs

                The keys of the ready program's configuration, from `Pulumi.yaml`. `pulumi config set KEY VALUE` sets one in the
                stack's file, with `--secret` encrypted, with `--path 'KEY[0].name'` a part of one; `Pulumi.example.yaml` and
                `Pulumi.example-hosts.yaml` are whole files with comments. A key that isn't listed here is refused, and what a
                value must be is said before anything is made, all that is wrong in one message; a key that must be set and isn't
                is missed by Pulumi itself before that.

                In a program of one's own the same inputs are
                [`PostgresClusterArgs`](../src/main/java/io/github/pgha/PostgresClusterArgs.java) and the records in it, whose
                comments are their reference: as Javadoc they are in the site that `make docs` builds, and beside the library's
                artifact.

                | key | type | default | what it is |
                |---|---|---|---|
                """ + rows);
    }

    @Test
    void outputs() throws IOException {
        var graph = Graph.of(App::stack, false, LabConfig.dev().all());
        graph.result().throwOnError();
        Map<String, Output<?>> outputs = graph.result().outputs();
        assertThat(outputs.keySet()).containsExactlyInAnyOrderElementsOf(
                Arrays.stream(StackOutput.values()).map(StackOutput::key).toList());
        String rows = Arrays.stream(StackOutput.values())
                .map(output -> row(code(output.key()), type(outputs.get(output.key())), output.description()))
                .collect(Collectors.joining());
        assertCurrent("outputs.md", """
                # Outputs

                What the ready program's stack tells. `pulumi stack output NAME` prints one, with `--show-secrets` a secret one
                too, and `pulumi stack output --json` all. Another stack reads them by a StackReference:
                [examples/stack-reference](../examples/stack-reference).

                In a program of one's own they are methods of
                [`PostgresCluster`](../src/main/java/io/github/pgha/PostgresCluster.java).

                | name | type | what it is |
                |---|---|---|
                """ + rows);
    }

    private static String type(Map<String, Object> schema) {
        return schema.get("items") instanceof Map<?, ?> items ? "array of " + items.get("type") + "s"
                : (String) schema.get("type");
    }

    private static String preset(Map<String, Object> schema) {
        return schema.containsKey("default") ? code(JSON.toJson(schema.get("default"))) : "none: must be set";
    }

    private static String type(Output<?> output) {
        Object value = PulumiTest.extractValue(output);
        String type = value instanceof Map ? "object" : value instanceof List ? "array" : value instanceof Integer ? "integer"
                : value instanceof Boolean ? "boolean" : value instanceof String ? "string" : "unknown " + value;
        return PulumiTestInternal.extractOutputData(output).isSecret() ? type + ", secret" : type;
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    /** Names of pages become links to them. */
    private static String row(String... cells) {
        return Arrays.stream(cells).map(cell -> cell.replace("|", "\\|").replaceAll("docs/([a-z-]+\\.md)", "[$0]($1)"))
                .collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private static void assertCurrent(String file, String text) throws IOException {
        Path written = Files.createDirectories(Path.of("target/docs")).resolve(file);
        Files.writeString(written, text);
        Path page = Path.of("docs", file);
        assertThat(page).as("The page is older than the code. To renew it: cp " + written + " " + page).hasContent(text);
    }
}
