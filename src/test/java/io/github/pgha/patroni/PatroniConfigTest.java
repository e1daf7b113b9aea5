package io.github.pgha.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ExpectedFile;
import io.github.pgha.patroni.PatroniConfig.Member;
import io.github.pgha.patroni.PatroniConfig.Passwords;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

class PatroniConfigTest {
    private static final Database DATABASE =
            new Database("pgha", "app", "app", List.of("192.168.124.0/23"), Timings.DEFAULT);
    private static final List<Member> MEMBERS = List.of(
            new Member("course-pg1", "192.168.124.248", 2048),
            new Member("course-pg2", "192.168.124.237", 2048),
            new Member("course-pg3", "192.168.124.249", 2048));
    private static final List<String> ETCD =
            List.of("http://192.168.125.13:2379", "http://192.168.125.79:2379", "http://192.168.125.80:2379");

    @Test
    void wholeFile() throws IOException {
        ExpectedFile.assertSame(this, "10-pgha.yml", PatroniConfig.render(DATABASE, MEMBERS.get(0), MEMBERS, ETCD));
    }

    @Test
    void wholeFileOfSecrets() throws IOException {
        ExpectedFile.assertSame(this, "20-secrets.yml",
                PatroniConfig.renderSecrets(new Passwords("Super1", "Repl2", "Rewind3")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"it's", "a\"b", "$HOME", "100%", "a: b #c", "a\nb", "123456", "true", "null"})
    void everyPasswordStaysTheSameText(String password) {
        Map<String, Map<String, Map<String, Map<String, Object>>>> read = new Yaml().load(
                PatroniConfig.renderSecrets(new Passwords(password, password, password)));
        assertThat(read.get("postgresql").get("authentication").values())
                .allSatisfy(role -> assertThat(role.get("password")).isEqualTo(password));
    }

    @Test
    void superuserNeverComesOverTheNetwork() {
        String text = PatroniConfig.render(DATABASE, MEMBERS.get(0), MEMBERS, ETCD);
        assertThat(text.indexOf("host all postgres,replicator,rewinder all reject"))
                .isGreaterThan(text.lastIndexOf("host postgres rewinder"))
                .isLessThan(text.indexOf("host all all 192.168.124.0/23"));
    }
}
