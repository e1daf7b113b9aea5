package io.github.pgha.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.core.Output;
import io.github.pgha.rules.InvalidInputException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SecuritySettingsTest {
    @Test
    void badValueIsNamedWithItsKeyAndRule() {
        assertThatThrownBy(() -> new SecuritySettings(0, Duration.ofDays(365), CaGenerations.DEFAULT, Optional.empty()))
                .hasMessage("rotation '0' must be at least 1");
        assertThatThrownBy(() -> new SecuritySettings(1, Duration.ofDays(1), CaGenerations.DEFAULT, Optional.empty()))
                .hasMessage("certificateDays '1' must be 3, so that there is time to renew, to 825");
        assertThatThrownBy(() -> new CaGenerations(List.of(1, 1), 1))
                .hasMessage("caTrust '[1, 1]' must be numbers from 1, each once");
        assertThatThrownBy(() -> new CaGenerations(List.of(0), 0))
                .hasMessage("caTrust '[0]' must be numbers from 1, each once");
        assertThatThrownBy(() -> new CaGenerations(List.of(1), 2))
                .hasMessage("caSign '2' must be one of caTrust '[1]'");
    }

    @Test
    void anAuthorityDoesNotPublishItsKey() {
        String both = CertificateAuthority.create("shop", Instant.now());
        assertThatThrownBy(() -> new OwnAuthority(both, Output.ofSecret(both)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("caCertificate must have certificates only, since everybody may read it, and has a private key, "
                        + "which belongs into caPrivateKey alone");
    }

    @Test
    void fingerprintTellsTextsApartWithoutTellingThem() {
        assertThat(Fingerprint.of("secret")).isEqualTo("2bb80d537b1da3e3").isNotEqualTo(Fingerprint.of("secret2"));
    }
}
