package io.github.pgha.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ExpectedFile;
import io.github.pgha.patroni.PatroniConfig.Member;
import io.github.pgha.patroni.PatroniConfig.Passwords;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

class PatroniConfigTest {
    private static final Database DATABASE =
            new Database("pgha", "app", "app", List.of("192.168.124.0/23"), false, Timings.DEFAULT);
    private static final List<Member> MEMBERS = List.of(
            new Member("course-pg1", "192.168.124.248", 2048),
            new Member("course-pg2", "192.168.124.237", 2048),
            new Member("course-pg3", "192.168.124.249", 2048));
    private static final List<String> ETCD =
            List.of("https://192.168.125.13:2379", "https://192.168.125.79:2379", "https://192.168.125.80:2379");

    @Test
    void wholeFile() throws IOException {
        ExpectedFile.assertSame(this, "10-pgha.yml", PatroniConfig.render(DATABASE, MEMBERS.get(0), MEMBERS, ETCD));
    }

    @Test
    void wholeFileOfSharedSettings() throws IOException {
        ExpectedFile.assertSame(this, "shared.json", PatroniConfig.renderShared(DATABASE));
    }

    @Test
    void theUnitOfTheProgramThatLooksForWhatHangs() {
        assertThat(PatroniConfig.renderLivenessUnit(DATABASE, MEMBERS.get(0)))
                .contains("\nExecStart=/usr/local/libexec/pgha/pgha-liveness course-pg1 192.168.124.248 4"
                        + " /var/lib/postgresql/17/pgha\n")
                .doesNotContain("$");
    }

    private static final PatroniExtra EXTRA = new PatroniExtra(
            Map.of("slots", Map.of("shop", Map.of("type", "physical"), "mail", Map.of("type", "physical")),
                    "maximum_lag_on_failover", 0, "postgresql", Map.of("pg_ctl_timeout", 90)),
            Map.of("tags", Map.of("clonefrom", true), "log", Map.of("level", "DEBUG"),
                    "watchdog", Map.of("safety_margin", 7), "postgresql", Map.of(
                    "callbacks", Map.of("on_stop", "/opt/it's \"it\""),
                    "basebackup", List.of(Map.of("max-rate", "100M")))));

    private static Database with(PatroniExtra extra) {
        return new Database("pgha", "app", "app", List.of("192.168.124.0/23"), false, Timings.DEFAULT,
                SynchronousMode.QUORUM, PostgresParameters.NONE, extra);
    }

    @Test
    void linesThatTheUserAdds() throws IOException {
        ExpectedFile.assertSame(this, "10-pgha-users.yml",
                PatroniConfig.render(with(EXTRA), MEMBERS.get(0), MEMBERS, ETCD));
        ExpectedFile.assertSame(this, "shared-extra.json", PatroniConfig.renderShared(with(EXTRA)));
    }

    @Test
    void whatIsTakenOutAgainHasItsDefault() {
        assertThat(with(PatroniExtra.of(Map.of()))).isEqualTo(DATABASE);
        assertThat(with(EXTRA).reachedThrough(List.of()).patroniExtra()).isEqualTo(EXTRA);
    }

    @Test
    void theOrderOfInputsChangesNothing() {
        var slots = new LinkedHashMap<String, Object>();
        slots.put("shop", Map.of("type", "physical"));
        slots.put("mail", Map.of("type", "physical"));
        var dynamic = new LinkedHashMap<>(EXTRA.dynamic());
        dynamic.remove("slots");
        dynamic.put("slots", slots);
        assertThat(PatroniConfig.renderShared(with(new PatroniExtra(dynamic, EXTRA.local()))))
                .isEqualTo(PatroniConfig.renderShared(with(EXTRA)));
    }

    @ParameterizedTest
    @CsvSource({"OFF,false,false,300", "ON,true,false,0", "STRICT,true,true,0", "QUORUM,quorum,false,0"})
    void synchronousModeInPatronisWords(SynchronousMode mode, String word, String strict, String startTimeout) {
        var database = new Database("pgha", "app", "app", List.of("10.0.0.0/8"), false, Timings.DEFAULT, mode);
        assertThat(new Yaml().<Map<String, Object>>load(PatroniConfig.renderShared(database)))
                .satisfies(shared -> {
                    assertThat(shared.get("synchronous_mode")).hasToString(word);
                    assertThat(shared.get("synchronous_mode_strict")).hasToString(strict);
                    assertThat(shared.get("primary_start_timeout")).hasToString(startTimeout);
                });
    }

    @Test
    void wholeFileOfSecrets() throws IOException {
        ExpectedFile.assertSame(this, "20-secrets.yml",
                PatroniConfig.renderSecrets(new Passwords("Repl1", "Rewind2", "Rest3", "patroni-4", "Etcd5")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"it's", "a\"b", "$HOME", "100%", "a: b #c", "a\nb", "123456", "true", "null"})
    void everyPasswordStaysTheSameText(String password) {
        Map<String, Map<String, Map<String, Object>>> read = new Yaml().load(
                PatroniConfig.renderSecrets(new Passwords(password, password, password, "patroni-1", password)));
        assertThat(read.get("postgresql").get("authentication").values())
                .allSatisfy(role -> assertThat(((Map<?, ?>) role).get("password")).isEqualTo(password));
        assertThat(read.get("restapi").get("authentication").get("password")).isEqualTo(password);
        assertThat((Object) read.get("etcd3").get("password")).isEqualTo(password);
    }

    @Test
    void superuserNeverComesOverTheNetwork() {
        String text = PatroniConfig.render(DATABASE, MEMBERS.get(0), MEMBERS, ETCD);
        assertThat(text.indexOf("hostssl all postgres,replicator,rewinder all reject"))
                .isGreaterThan(text.lastIndexOf("hostssl postgres rewinder"))
                .isLessThan(text.indexOf("hostssl all all 192.168.124.0/23"));
    }

    @Test
    void everyLineOfTheNetworkWantsTlsAndScramOrRejects() {
        assertThat(PatroniConfig.render(DATABASE, MEMBERS.get(0), MEMBERS, ETCD).lines()
                .filter(line -> line.startsWith("  - host")))
                .hasSizeGreaterThan(MEMBERS.size() * 2)
                .allMatch(line -> line.endsWith(" reject") || line.startsWith("  - hostssl ") && line.endsWith(" scram-sha-256"));
    }
}
