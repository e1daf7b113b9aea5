package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

class JdbcUrlTest {
    private static final String STACKS = "postgresql://app:Secret9@192.168.125.250:5000/app?sslmode=verify-full";

    @Test
    void theStacksUri() {
        var url = JdbcUrl.of(STACKS, Map.of("sslrootcert", "/tmp/a b.pem", "connectTimeout", "2"));
        assertThat(url.url()).isEqualTo("jdbc:postgresql://192.168.125.250:5000/app"
                + "?connectTimeout=2&sslmode=verify-full&sslrootcert=%2Ftmp%2Fa+b.pem");
        assertThat(url.user()).isEqualTo("app");
        assertThat(url.password()).isEqualTo("Secret9");
        assertThat(url).hasToString(url.url() + " as app");
        Properties read = Driver.parseURL(url.url(), null);
        assertThat(read).containsEntry("sslrootcert", "/tmp/a b.pem").containsEntry("PGHOST", "192.168.125.250")
                .containsEntry("PGPORT", "5000").containsEntry("PGDBNAME", "app");
    }

    @Test
    void anyPassword() {
        var url = JdbcUrl.of("postgres://a%40b:%25%3A%2F%40+%C3%A4%22@h:1/d", Map.of());
        assertThat(url.user()).isEqualTo("a@b");
        assertThat(url.password()).isEqualTo("%:/@+\u00e4\"");
        assertThat(url.url()).isEqualTo("jdbc:postgresql://h:1/d");
    }

    @ParameterizedTest
    @CsvSource({"any, any", "read-write, primary", "primary, primary", "read-only, secondary", "standby, secondary",
        "prefer-standby, preferSecondary"})
    void severalHostsOfWhichOneIsWanted(String libpqs, String drivers) {
        String uri = "postgresql://u:p@a:1,b:2/d?connect_timeout=3&target_session_attrs=" + libpqs;
        assertThat(JdbcUrl.of(uri, Map.of()).url())
                .isEqualTo("jdbc:postgresql://a:1,b:2/d?connectTimeout=3&targetServerType=" + drivers);
    }

    @Test
    void membersInPlaceOfTheVirtualAddress() {
        assertThat(JdbcUrl.of(STACKS, Client.PRIMARY_OF_SEVERAL).at("a:5432,b:5432").url()).isEqualTo(
                "jdbc:postgresql://a:5432,b:5432/app"
                        + "?hostRecheckSeconds=1&sslmode=verify-full&targetServerType=primary");
    }

    @Test
    void theDriverKnowsAllSettings() {
        assertThat(Client.BOUNDED.keySet()).allMatch(name -> PGProperty.forName(name) != null);
        assertThat(Client.PRIMARY_OF_SEVERAL.keySet()).allMatch(name -> PGProperty.forName(name) != null);
        var several = JdbcUrl.of(STACKS, Client.PRIMARY_OF_SEVERAL).at("a:1,b:2");
        assertThat(Driver.parseURL(several.url(), null)).isNotNull();
    }

    @Test
    void refusesWhatIsNoUriWithoutRepeatingIt() {
        assertThatThrownBy(() -> JdbcUrl.of("jdbc:postgresql://app:Secret9@h/d", Map.of()))
                .hasMessage("must be a URI postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
        assertThatThrownBy(() -> JdbcUrl.of(STACKS + "&sslkey=x", Map.of())).hasMessage(
                "the setting 'sslkey' must be one of application_name, connect_timeout, "
                        + "sslmode, sslrootcert, target_session_attrs, with a value");
    }
}
