package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgha.rules.InvalidInputException;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FormerClusterTest {
    private static FormerCluster former;

    @BeforeAll
    static void outputsOfTheDevStack() throws IOException {
        var graph = Graph.up(LabConfig.dev(), Map.of());
        former = FormerCluster.of(graph.output("clusterName"),
                graph.output("hosts"),
                graph.output("authorities"), null, null, text -> {}).orElseThrow();
    }

    static Stream<LabSettingsTest.Row> refused() throws IOException {
        return LabSettingsTest.rows("former.txt");
    }

    static Stream<LabSettingsTest.Row> accepted() throws IOException {
        return LabSettingsTest.rows("became.txt");
    }

    @ParameterizedTest
    @MethodSource
    void refused(LabSettingsTest.Row row) throws IOException {
        var wanted = row.config().settings().cluster();
        var refusal = catchThrowableOfType(InvalidInputException.class, () -> former.check(wanted));
        assertThat(refusal).as("refusal").isNotNull();
        assertThat(refusal.problems()).containsExactlyElementsOf(row.sentences());
    }

    @ParameterizedTest
    @MethodSource
    void accepted(LabSettingsTest.Row row) throws IOException {
        var wanted = row.config().settings().cluster();
        assertThat(row.sentences()).isEmpty();
        assertThatCode(() -> former.check(wanted)).doesNotThrowAnyException();
    }

    @Test
    void aStackWithoutAClusterHasNothingToKeep() {
        assertThat(FormerCluster.of(null, null, null, null, null, text -> {})).isEmpty();
        assertThat(FormerCluster.of("pgha", null, null, null, null, text -> {})).isEmpty();
        assertThat(FormerCluster.of(null, Map.of(), null, null, null, text -> {})).isEmpty();
    }
}
