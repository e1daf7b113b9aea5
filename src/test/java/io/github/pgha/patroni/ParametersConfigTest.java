package io.github.pgha.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ExpectedFile;
import io.github.pgha.patroni.PatroniConfig.Member;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

class ParametersConfigTest {
    private static final Member MEMBER = new Member("course-pg1", "192.168.124.248", 2048);
    private static final PostgresParameters SOME = new PostgresParameters(Map.of(
            "shared_buffers", "1GB", "work_mem", "16MB", "max_connections", "300", "max_wal_senders", "12",
            "auto_explain.log_min_duration", "3s", "log_line_prefix", "it's %m\\", "search_path", ""));

    private static Database database(PostgresParameters parameters) {
        return new Database("pgha", "app", "app", List.of("192.168.124.0/23"), false, Timings.DEFAULT,
                SynchronousMode.QUORUM, parameters);
    }

    @Test
    void wholeFileOfDefaults() throws IOException {
        ExpectedFile.assertSame(this, "15-parameters.yml",
                PatroniConfig.renderParameters(database(PostgresParameters.NONE), MEMBER));
    }

    @Test
    void wholeFileWithTheUsersOwn() throws IOException {
        ExpectedFile.assertSame(this, "15-parameters-users.yml",
                PatroniConfig.renderParameters(database(SOME), MEMBER));
    }

    @Test
    void wholeFileOfSharedSettingsWithTheUsersOwn() throws IOException {
        ExpectedFile.assertSame(this, "shared-users.json", PatroniConfig.renderShared(database(SOME)));
    }

    @Test
    void wholeFileForTheTrial() throws IOException {
        ExpectedFile.assertSame(this, "trial.conf", ParametersConfig.renderTrial(SOME, 2048));
    }

    @Test
    void fingerprintsTellChangesOfTheirOwnPartOnly() {
        var fewer = new PostgresParameters(Map.of("max_connections", "120"));
        var own = ParametersConfig.own(PostgresParameters.NONE, 2048).get(ParametersConfig.OWN);
        assertThat(own).isEqualTo(ParametersConfig.own(fewer, 2048).get(ParametersConfig.OWN))
                .isNotEqualTo(ParametersConfig.own(PostgresParameters.NONE, 4096).get(ParametersConfig.OWN))
                .isNotEqualTo(ParametersConfig.own(SOME, 2048).get(ParametersConfig.OWN));
        assertThat(shared(PostgresParameters.NONE)).isNotEqualTo(shared(fewer))
                .isEqualTo(shared(new PostgresParameters(Map.of("work_mem", "5MB"))));
    }

    private static Object shared(PostgresParameters parameters) {
        Map<String, Object> read = new Yaml().load(PatroniConfig.renderShared(database(parameters)));
        return ((Map<?, ?>) ((Map<?, ?>) read.get("postgresql")).get("parameters")).get(ParametersConfig.SHARED);
    }
}
