package io.github.pgha.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.proxmox.api.Row;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The provider's own rules (bpg/proxmox 0.111.1, apiResolver). */
class NodeAddressTest {
    private static final Row STORAGE = row("iface", "eno2", "priority", 3L, "address", "10.0.0.2/24");
    private static final Row GATEWAY =
            row("iface", "vmbr0", "priority", 5L, "address", "192.0.2.2", "gateway", "192.0.2.1");
    private static final Row SIX =
            row("iface", "vmbr6", "priority", 4L, "address6", "2001:db8::2/64", "gateway6", "2001:db8::1");

    private static Row row(Object... pairs) {
        var values = new HashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put((String) pairs[i], pairs[i + 1]);
        }
        return new Row(values);
    }

    private static String address(Row... interfaces) {
        return NodeAddress.of("no.such.node.invalid", List.of(interfaces),
                Optional.empty()).map(NodeAddress::address).orElse("none");
    }

    @Test
    void theFirstWithAGatewayIsTaken() {
        assertThat(address(STORAGE, SIX, GATEWAY)).isEqualTo("192.0.2.2");
        assertThat(address(STORAGE, SIX)).isEqualTo("2001:db8::2");
    }

    @Test
    void withoutAGatewayTheFirstByItsPlace() {
        assertThat(address(row("iface", "eno3", "priority", 4L, "address", "10.1.0.2"), STORAGE)).isEqualTo("10.0.0.2");
    }

    @Test
    void withoutAnAddressTheNameIsLookedUp() {
        assertThat(address(row("iface", "eno1", "priority", 1L))).isEqualTo("none");
        assertThat(NodeAddress.of("localhost", List.of(), Optional.empty())).map(NodeAddress::address).contains("127.0.0.1");
    }

    @Test
    void whatIsSetComesFirst() {
        assertThat(NodeAddress.of("pve1", List.of(GATEWAY), Optional.of("192.0.2.9")))
                .contains(new NodeAddress("192.0.2.9", "proxmoxNodeAddresses"));
    }

    @Test
    void theSourceIsSaid() {
        assertThat(NodeAddress.of("pve1", List.of(STORAGE, GATEWAY), Optional.empty())).map(NodeAddress::source)
                .contains("interface vmbr0, the first with a gateway");
        assertThat(NodeAddress.of("pve1", List.of(STORAGE), Optional.empty())).map(NodeAddress::source).contains("interface "
                + "eno2");
    }
}
