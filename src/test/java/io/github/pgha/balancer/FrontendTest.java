package io.github.pgha.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrontendTest {
    @Test
    void addressIsTheVipWithoutPrefix() {
        assertThat(new Frontend("192.168.125.250/23", "ens18", 33, 5000, 5001, 7000).vipAddress())
                .isEqualTo("192.168.125.250");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "192.168.125.250|33|5000|5001|vip '192.168.125.250' must be an IPv4 address with its prefix, such as 192.168.125.250/23",
        "192.168.125.250/23|0|5000|5001|routerId '0' must be 1 to 255",
        "192.168.125.250/23|256|5000|5001|routerId '256' must be 1 to 255",
        "192.168.125.250/23|33|0|5001|primaryPort '0' must be 1 to 65535",
        "192.168.125.250/23|33|5000|65536|replicaPort '65536' must be 1 to 65535",
        "192.168.125.250/23|33|5000|5000|primaryPort '5000' must differ from replicaPort: both are on the balancers",
    })
    void badValueIsNamedWithItsKeyAndRule(String vip, int routerId, int primary, int replica, String sentence) {
        assertThatThrownBy(() -> new Frontend(vip, "ens18", routerId, primary, replica, 7000))
                .isInstanceOf(IllegalArgumentException.class).hasMessage(sentence);
    }
}
