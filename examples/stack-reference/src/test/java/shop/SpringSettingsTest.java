package shop;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import java.io.IOException;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** The settings for Spring Boot: pool and driver know each of them. */
class SpringSettingsTest {
    private static final String POOL = "spring.datasource.hikari.";

    private static Properties settings() throws IOException {
        var settings = new Properties();
        try (var in = SpringSettingsTest.class.getResourceAsStream("/application.properties")) {
            settings.load(in);
        }
        return settings;
    }

    @Test
    void thePoolKnowsItsSettings() throws IOException {
        var settings = settings();
        var own = new Properties();
        settings.stringPropertyNames().stream().filter(name -> name.startsWith(POOL)).forEach(name ->
                own.setProperty(camelCase(name.substring(POOL.length())), settings.getProperty(name)));
        // Throws for a name that it doesn't know.
        var pool = new HikariConfig(own);
        pool.setJdbcUrl(settings.getProperty("spring.datasource.url"));
        pool.validate();
        assertThat(pool.getConnectionTimeout()).isEqualTo(30_000);
        assertThat(pool.getMaximumPoolSize()).isEqualTo(20);
        assertThat(pool.getKeepaliveTime()).isEqualTo(60_000);
    }

    private static String camelCase(String name) {
        return Pattern.compile("-(.)").matcher(name).replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
    }

    @Test
    void theDriverKnowsTheSettingsOfTheUrl() throws IOException {
        String url = settings().getProperty("spring.datasource.url");
        assertThat(Driver.parseURL(url, null)).isNotNull().containsEntry("socketTimeout", "10");
        for (String setting : url.substring(url.indexOf('?') + 1).split("&")) {
            assertThat(PGProperty.forName(setting.substring(0, setting.indexOf('=')))).as(setting).isNotNull();
        }
    }
}
