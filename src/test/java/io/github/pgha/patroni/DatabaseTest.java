package io.github.pgha.patroni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class DatabaseTest {
    @Test
    void badNameNamesItsKey() {
        assertThatThrownBy(() -> new Database("pgha", "a b", "app", List.of("10.0.0.0/24"), false, Timings.DEFAULT))
                .hasMessage("appUser 'a b' must start with a letter and have at most 63 letters, digits, _ and -");
    }

    @Test
    void networkWithoutPrefixIsRefused() {
        assertThatThrownBy(() -> new Database("pgha", "app", "app", List.of("192.168.124.0"), false, Timings.DEFAULT))
                .hasMessage("clientNetworks: '192.168.124.0' must be an IPv4 network with its prefix, "
                        + "such as 192.168.124.0/23");
    }

    @Test
    void balancersAreLetInBesideTheClients() {
        var database = new Database("pgha", "app", "app", List.of("10.0.0.0/24"), false, Timings.DEFAULT);
        assertThat(database.reachedThrough(List.of("10.1.0.1", "10.1.0.2")).clientNetworks())
                .containsExactly("10.0.0.0/24", "10.1.0.1/32", "10.1.0.2/32");
    }

    @Test
    void wholeInternetWantsAnExplicitWord() {
        assertThatThrownBy(() -> new Database("pgha", "app", "app", List.of("0.0.0.0/0"), false, Timings.DEFAULT))
                .hasMessage("clientNetworks: '0.0.0.0/0' must have a prefix of 8 to 32, or allowAllNetworks must be true");
        assertThat(new Database("pgha", "app", "app", List.of("0.0.0.0/0"), true, Timings.DEFAULT).clientNetworks())
                .containsExactly("0.0.0.0/0");
    }
}
