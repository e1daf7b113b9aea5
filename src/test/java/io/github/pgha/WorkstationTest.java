package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.pulumi.test.PulumiTest;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What hosts get, and what other projects read, is the same whoever runs the program and wherever. */
class WorkstationTest {
    private final Locale locale = Locale.getDefault();
    private final TimeZone zone = TimeZone.getDefault();

    @AfterEach
    void backToThisWorkstation() {
        Locale.setDefault(locale);
        TimeZone.setDefault(zone);
        PulumiTest.cleanup();
    }

    /** Other digits, another i, another decimal point, another year. */
    @ParameterizedTest
    @CsvSource({"ar-EG-u-nu-arab, Africa/Cairo", "tr-TR, Europe/Istanbul", "de-DE, Europe/Berlin",
        "th-TH-u-ca-buddhist-nu-thai, Pacific/Kiritimati"})
    void language(String language, String timeZone) throws IOException {
        var here = Graph.up(LabConfig.dev(), Map.of());
        PulumiTest.cleanup();
        Locale.setDefault(Locale.forLanguageTag(language));
        TimeZone.setDefault(TimeZone.getTimeZone(timeZone));
        assertThat(asked(here.upAgain(LabConfig.dev()))).isEqualTo(asked(here));
    }

    /** What the engine is asked for. What it keeps once made it would be asked for with another value each time. */
    private static Map<String, Struct> asked(Graph graph) {
        var asked = new TreeMap<String, Struct>();
        graph.all().stream().filter(request -> !request.getType().equals("pulumi:index:Stash"))
                .forEach(request -> asked.put(request.getName(), request.getObject()));
        return asked;
    }
}
