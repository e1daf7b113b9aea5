package io.github.pgha.preflight;

import static io.github.pgha.preflight.AddressesCheck.State.FREE;
import static io.github.pgha.preflight.AddressesCheck.State.TAKEN;
import static io.github.pgha.preflight.AddressesCheck.State.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

class AddressesCheckTest {
    @Test
    void whatTheKernelKnowsOfANeighbourIsJudged() {
        assertThat(AddressesCheck.judged("")).isEqualTo(FREE);
        assertThat(AddressesCheck.judged("192.0.2.7 dev eth0 INCOMPLETE \n")).isEqualTo(FREE);
        assertThat(AddressesCheck.judged("192.0.2.7 dev eth0 FAILED \n")).isEqualTo(FREE);
        assertThat(AddressesCheck.judged("192.0.2.7 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE \n")).isEqualTo(TAKEN);
        // Of a machine that may be gone.
        assertThat(AddressesCheck.judged("192.0.2.7 dev eth0 lladdr 02:00:00:00:00:01 STALE \n")).isEqualTo(UNKNOWN);
        assertThat(AddressesCheck.judged("192.0.2.7 dev eth0 lladdr 02:00:00:00:00:01 DELAY \n")).isEqualTo(UNKNOWN);
    }

    @Test
    void anAddressOfThisMachineIsTaken() throws IOException, InterruptedException {
        assertThat(AddressesCheck.state(own())).isEqualTo(TAKEN);
    }

    @Test
    void anAddressOfAnotherNetworkIsNotLookedAt() throws IOException, InterruptedException {
        assertThat(AddressesCheck.state("203.0.113.7")).isEqualTo(UNKNOWN);
    }

    /** Each machine has at least its loopback address. */
    private static String own() throws SocketException {
        return NetworkInterface.networkInterfaces().flatMap(link -> link.getInterfaceAddresses().stream())
                .map(InterfaceAddress::getAddress).filter(Inet4Address.class::isInstance).findFirst().orElseThrow()
                .getHostAddress();
    }
}
