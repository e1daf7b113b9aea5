package shop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientTest {
    @ParameterizedTest
    @CsvSource({"08006, true", "08001, true", "57P01, true", "57P03, true", "25006, true", "53300, true",
        "23503, false", "42P01, false", "57014, false", "28P01, false", ", false"})
    void faultsThatPassAndFaultsThatDoNot(String state, boolean passes) {
        assertThat(Client.passes(state)).isEqualTo(passes);
    }
}
