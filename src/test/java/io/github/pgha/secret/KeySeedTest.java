package io.github.pgha.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.junit.jupiter.api.Test;

class KeySeedTest {
    private static final String SEED = Base64.getEncoder().encodeToString(new byte[32]);

    @Test
    void seedsDiffer() {
        assertThat(KeySeed.generate()).isNotEqualTo(KeySeed.generate());
        assertThat(Base64.getDecoder().decode(KeySeed.generate())).hasSize(32);
    }

    @Test
    void samePurposeSameKeyOtherPurposeOrSeedAnotherKey() {
        String key = KeySeed.privateKey(SEED, "etcd-peer");
        assertThat(KeySeed.privateKey(SEED, "etcd-peer")).isEqualTo(key);
        assertThat(KeySeed.privateKey(SEED, "etcd-server")).isNotEqualTo(key);
        assertThat(KeySeed.privateKey(KeySeed.generate(), "etcd-peer")).isNotEqualTo(key);
    }

    @Test
    void keyIsOnTheCurveAndStaysWhatEarlierVersionsMade() {
        var key = (ECPrivateKeyParameters) Pem.readPrivateKey(KeySeed.privateKey(SEED, "etcd-peer"));
        assertThat(key.getParameters().getN()).isEqualTo(KeySeed.P256.getN());
        assertThat(key.getD()).isPositive().isLessThan(KeySeed.P256.getN());
        assertThat(key.getD().toString(16)).isEqualTo("fce3ead9d0cb30cf26ac155535c6a2d0111c08a984244c54c4815535302cbffb");
    }

    @Test
    void badSeedIsNotRepeated() {
        assertThatThrownBy(() -> KeySeed.privateKey("not base64!", "x")).hasMessage("a key seed must be in Base64");
        assertThatThrownBy(() -> KeySeed.privateKey("AAAA", "x")).hasMessage("a key seed must have 32 bytes");
    }
}
