package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.GsonBuilder;
import io.github.pgha.rules.InvalidInputException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class LabSettingsPropertyTest {
    @Provide
    Arbitrary<String> keys() throws IOException {
        return Arbitraries.oneOf(Arbitraries.of(LabConfig.schema().keySet()), Arbitraries.of("etcdHosts[0].name",
                "etcdHosts[1].address", "postgresHosts[2].memoryMb", "postgresHosts[0].node", "balancerHosts[1]",
                "clientNetworks[0]", "etcdHosts[2]"));
    }

    @Provide
    Arbitrary<String> values() {
        var gson = new GsonBuilder().serializeNulls().create();
        Arbitrary<Object> leaves = Arbitraries.oneOf(List.of(
                Rude.texts().asGeneric(), Arbitraries.integers().asGeneric(),
                Arbitraries.doubles().asGeneric(), Arbitraries.of(true, false).asGeneric())).injectNull(0.1);
        return Arbitraries.oneOf(List.of(leaves, leaves.list().ofMaxSize(3).asGeneric(),
                Arbitraries.maps(Arbitraries.oneOf(Rude.names(), Arbitraries.of("name", "vmId", "packages",
                        "write_files", "work_mem", "max_connections")), leaves).ofMaxSize(3).asGeneric(),
                Combinators.combine(leaves, leaves).as((a, b) ->
                        (Object) List.of(List.of(String.valueOf(a)), String.valueOf(b))))).withoutEdgeCases()
                .map(value -> ascii(gson.toJson(value)));
    }

    /** As {@link LabConfig#with} can read it, which takes YAML. */
    private static String ascii(String json) {
        return json.chars().mapToObj(c -> c < 0x7f ? Character.toString(c) : "\\u%04x".formatted(c))
                .collect(Collectors.joining());
    }

    /** Whatever is set to whatever is accepted, or refused by sentences of one line each: no other fault. */
    @Property(tries = 300)
    void anyValueIsAcceptedOrRefusedInSentences(@ForAll("keys") String key, @ForAll("values") String value)
            throws IOException {
        var config = LabConfig.dev().with(key, value);
        try {
            config.settings().cluster();
        } catch (InvalidInputException e) {
            assertThat(e.problems()).allMatch(sentence -> sentence.lines().count() == 1 && sentence.contains(" "));
        }
    }
}
