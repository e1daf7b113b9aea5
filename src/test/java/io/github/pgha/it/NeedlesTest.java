package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.it.Needles.Hit;
import io.github.pgha.secret.KeySeed;
import io.github.pgha.secret.SshKeyPair;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeedlesTest {
    private static final String SEED = "q83vEjRWeJ+/EjRWeJCrze8SNFZ4kKvN7xI0VniQq80=";
    private static final String KEY = KeySeed.privateKey(SEED, "etcd-peer");

    private final Needles needles = new Needles();

    private List<Hit> found(String text) {
        return needles.in(text.getBytes(StandardCharsets.UTF_8)).hits();
    }

    @Test
    void aSecretIsNamedWithItsPlaceAndNotRepeated() {
        needles.add("app-password", "Correct9Horse7Battery");
        assertThat(found("password=Correct9Horse7Battery;")).containsExactly(new Hit("app-password", "as it is", 9));
        assertThat(found("password=Correct9Horse7Batter").toString()).isEqualTo("[]");
        assertThat(needles.size()).isEqualTo(1);
    }

    @Test
    void aSecretInAUrlIsFound() {
        needles.add("seed", SEED);
        assertThat(found("?seed=q83vEjRWeJ%2B%2FEjRWeJCrze8SNFZ4kKvN7xI0VniQq80%3D&x=1"))
                .extracting(Hit::form).containsExactly("encoded for a URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ab", "abc", "{\"password\": \""})
    void aSecretInBase64IsFoundWhateverStandsAroundIt(String before) {
        needles.add("app-password", "Correct9Horse7Battery");
        for (String after : List.of("", "x", "xy", "\"}")) {
            byte[] text = (before + "Correct9Horse7Battery" + after).getBytes(StandardCharsets.UTF_8);
            assertThat(found(Base64.getEncoder().encodeToString(text))).extracting(Hit::form).contains("in Base64");
            assertThat(found(Base64.getUrlEncoder().encodeToString(text))).extracting(Hit::form).contains("in Base64");
        }
    }

    @Test
    void aPieceOfAPrivateKeyIsEnough() {
        needles.add("key", KEY);
        assertThat(found(KEY)).isNotEmpty();
        assertThat(found(KEY.lines().toList().get(2))).isNotEmpty();
        assertThat(found(KEY.replace("\n", "\\n"))).isNotEmpty();
        String unbroken = KEY.lines().filter(line -> !line.startsWith("-")).reduce("", String::concat);
        assertThat(found(unbroken.replaceAll("(.{76})", "$1\n"))).isNotEmpty();
    }

    @Test
    void whatAllKeysHaveInCommonIsNoSecret() {
        needles.add("key", KEY);
        String ssh = SshKeyPair.generate();
        needles.add("ssh-host-key", ssh);
        assertThat(found(KeySeed.privateKey(KeySeed.generate(), "etcd-peer"))).isEmpty();
        assertThat(found(SshKeyPair.generate())).isEmpty();
        assertThat(found(SshKeyPair.publicKey(ssh))).isEmpty();
        assertThat(found(ssh)).extracting(Hit::secret).containsOnly("ssh-host-key");
    }

    @Test
    void aCertificateBesideTheKeyIsNoSecret() {
        String certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ4hR3Yq2rGxS0mKkYw1cQm3zHnEwCgYIKoZIzj0EAwIw\n"
                + "-----END CERTIFICATE-----\n";
        needles.add("authority", KEY + certificate);
        needles.add("other authority", certificate + KEY);
        assertThat(found(certificate)).isEmpty();
        assertThat(found(KEY)).extracting(Hit::secret).contains("authority", "other authority");
    }

    @Test
    void whatIsTooShortIsRefusedWithoutBeingRepeated() {
        assertThatThrownBy(() -> needles.add("pin", "0123456789a\n")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pin has fewer than 12 characters");
    }

    @Property(tries = 50)
    void aStreamIsSearchedAcrossItsBuffersBounds(@ForAll @IntRange(min = -120, max = 120) int around) throws IOException {
        var needles = new Needles();
        needles.add("app-password", "Correct9Horse7Battery");
        byte[] text = new byte[(1 << 20) * 2 + 500];
        int[] places = {0, (1 << 20) + around, text.length - 21};
        for (int place : places) {
            System.arraycopy("Correct9Horse7Battery".getBytes(StandardCharsets.UTF_8), 0, text, place, 21);
        }
        var result = needles.in(new ByteArrayInputStream(text));
        assertThat(result.bytes()).isEqualTo(text.length);
        assertThat(result.hits()).extracting(Hit::offset).containsExactly(0L, (long) places[1], (long) places[2]);
        assertThat(needles.in(text).hits()).isEqualTo(result.hits());
    }
}
