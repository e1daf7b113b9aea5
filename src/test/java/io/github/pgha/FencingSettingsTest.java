package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.fencing.Fencing;
import io.github.pgha.rules.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes from the environment; what comes from the configuration alone is in {@link LabSettingsTest}. */
class FencingSettingsTest {
    private static final String TOKEN = "pgha-fence@pve!fence=00000000-0000-4000-8000-000000000000";
    private static final String PEM = authority();

    private final Map<String, String> config = new HashMap<>(Map.of("fencing", "proxmox",
            "fencingEndpoint", "https://pve.example.org:8006/", "fencingEndpoints", "[]",
            "fencingSilenceSeconds", "2", "fencingIntervalSeconds", "600"));
    private final Map<String, String> environment = new HashMap<>(Map.of("PGHA_FENCING_TOKEN", TOKEN + "\n"));
    private final Problems problems = new Problems();

    @TempDir
    private Path folder;

    private static String authority() {
        try (var in = FencingSettingsTest.class.getResourceAsStream("authority.pem")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FencingSettings settings() {
        var settings = new FencingSettings(
                new ConfigReader(key -> Optional.ofNullable(config.get(key)), problems), environment);
        settings.check(problems);
        return settings;
    }

    @Test
    void theEnvironmentGivesTheToken() {
        Fencing fencing = settings().fencing().orElseThrow();
        assertThat(problems.sentences()).isEmpty();
        assertThat(fencing.endpoint()).isEqualTo(URI.create("https://pve.example.org:8006/"));
        assertThat(fencing.caCertificate()).isEmpty();
        assertThat(fencing.silence()).isEqualTo(Duration.ofSeconds(2));
        assertThat(fencing.interval()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void severalEndpointsKeepTheirOrder() {
        config.put("fencingEndpoint", "");
        config.put("fencingEndpoints", "[\"https://pve2:8006/\", \"https://pve1:8006/\"]");
        assertThat(settings().fencing().orElseThrow().endpoints())
                .containsExactly(URI.create("https://pve2:8006/"), URI.create("https://pve1:8006/"));
        assertThat(problems.sentences()).isEmpty();
    }

    @Test
    void withoutATokenItIsRefused() {
        environment.clear();
        settings();
        assertThat(problems.sentences()).isEqualTo(List.of("fencingToken (or PGHA_FENCING_TOKEN in the environment) must"
                + " be an API token USER@REALM!NAME=UUID, and is empty"));
    }

    @Test
    void theEnvironmentGivesTheAuthorityUnlessTheConfigurationDoes() throws IOException {
        environment.put("PGHA_FENCING_CA_FILE", Files.writeString(folder.resolve("ca.pem"), PEM).toString());
        assertThat(settings().fencing().orElseThrow().caCertificate()).contains(PEM);

        config.put("fencingCaCertificate", PEM + "another");
        assertThat(settings().fencing().orElseThrow().caCertificate()).contains(PEM + "another");
        assertThat(problems.sentences()).isEmpty();
    }

    @Test
    void anAuthorityThatCannotBeRead() {
        Path file = folder.resolve("none.pem");
        environment.put("PGHA_FENCING_CA_FILE", file.toString());
        settings();
        assertThat(problems.sentences())
                .isEqualTo(List.of("PGHA_FENCING_CA_FILE '" + file + "' must be a file that can be read"));
    }

    @Test
    void withoutFencingTheEnvironmentDoesNotMatter() {
        config.put("fencing", "off");
        environment.put("PGHA_FENCING_CA_FILE", "/nowhere");
        assertThat(settings().fencing()).isEmpty();
        assertThat(problems.sentences()).isEmpty();
    }
}
