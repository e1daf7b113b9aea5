package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.host.HostScript;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What {@code proof/proof.sh} makes of answers to the question who has the virtual address. */
class ProofTest {
    private static final String BALANCER = "02:70:67:68:23:29";
    private static final String OTHER_BALANCER = "02:70:67:68:23:2a";
    private static final String STRANGER = "02:70:67:68:61:01";
    private static final String REFUSED = "vip '10.0.0.50' must be an address that is free, "
            + "and somebody who is no balancer answers for it\n";

    /** The function alone, with answers of these in place of the network's. */
    private static String holders(List<String> macs) throws Exception {
        String script = HostScript.resource("proof/proof.sh");
        int begin = script.indexOf("one_holder() {");
        String function = script.substring(begin, script.indexOf("\n}\n", begin) + 3);
        String network = """
                set -euo pipefail
                VIP=10.0.0.50 BALANCERS='10.0.0.1 10.0.0.2 10.0.0.3'
                ip() {
                  case $* in
                    "-o route get 10.0.0.50") echo '10.0.0.50 dev ens18 src 10.0.0.11 uid 0' ;;
                    "neigh show 10.0.0.1") echo '10.0.0.1 dev ens18 lladdr %s REACHABLE' ;;
                    "neigh show 10.0.0.2") echo '10.0.0.2 dev ens18 lladdr %s STALE' ;;
                    "neigh show 10.0.0.3") echo '10.0.0.3 dev ens18 FAILED' ;;
                  esac
                }
                arping() { [ "$*" = "-b -w 2 -c 2 -I ens18 10.0.0.50" ] && printf '%%s' "$answers"; }
                """.formatted(BALANCER, OTHER_BALANCER);
        var answers = new StringBuilder("ARPING 10.0.0.50 from 10.0.0.11 ens18\n");
        for (int i = 0; i < 2; i++) {
            macs.forEach(mac -> answers.append("Unicast reply from 10.0.0.50 [").append(mac.toUpperCase(Locale.ROOT))
                    .append("]  0.6ms\n"));
        }
        Process bash = new ProcessBuilder("bash", "-s").redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write((network + function + "answers='" + answers + "'"
                    + "\nif said=$(one_holder 2>&1); then echo one; else echo none or more; fi\n"
                    + "printf '%s\\n' \"$said\"\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    @Test
    void oneBalancerHoldsTheAddress() throws Exception {
        assertThat(holders(List.of(OTHER_BALANCER))).isEqualTo("one\nanswers for 10.0.0.50: 10.0.0.2\n");
    }

    @Test
    void twoBalancersAreNotOne() throws Exception {
        assertThat(holders(List.of(BALANCER, OTHER_BALANCER)))
                .isEqualTo("none or more\nanswers for 10.0.0.50: 10.0.0.1 10.0.0.2\n");
    }

    @Test
    void nobodyIsNotOne() throws Exception {
        assertThat(holders(List.of())).isEqualTo("none or more\nanswers for 10.0.0.50: none\n");
    }

    @Test
    void anAddressThatIsInUseIsSaidToBe() throws Exception {
        assertThat(holders(List.of(BALANCER, STRANGER)))
                .isEqualTo("none or more\nanswers for 10.0.0.50: 10.0.0.1 [02:70:67:68:61:01]\n" + REFUSED);
    }
}
