package io.github.pgha.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.ExpectedFile;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FirewallConfigTest {
    private static final Topology TOPOLOGY = topology(false);

    private static Topology topology(boolean fencing) {
        return new Topology(List.of("192.168.125.13", "192.168.125.79", "192.168.125.80"),
                List.of("192.168.124.248", "192.168.124.237", "192.168.124.249"),
                List.of("192.168.125.13", "192.168.125.79"), 5000, 5001, 7000, List.of(), fencing);
    }

    @Test
    void wholeFileOfAnEtcdHostThatBalances() throws IOException {
        ExpectedFile.assertSame(this, "etcd-balancer.nft", FirewallConfig.render(
                Set.of(Role.ETCD, Role.BALANCER), TOPOLOGY,
                new Access(List.of(Access.ANYWHERE), List.of("192.168.124.0/23", "10.1.0.0/16"), false)));
    }

    @Test
    void clientsReachWhatWasAddedToTheBalancers() {
        var access = new Access(List.of(Access.ANYWHERE), List.of("10.1.0.0/16"), false);
        var with = new Topology(TOPOLOGY.etcd(), TOPOLOGY.postgres(), TOPOLOGY.balancers(), 5000, 5001, 7000,
                List.of(9000), false);
        String rule = """

                        # what the user added to HAProxy
                        ip saddr @client_networks tcp dport 9000 accept
                """;
        var roles = Set.of(Role.ETCD, Role.BALANCER);
        String text = FirewallConfig.render(roles, with, access);
        assertThat(text).contains(rule);
        assertThat(text.replace(rule, "")).isEqualTo(FirewallConfig.render(roles, TOPOLOGY, access));
        assertThat(FirewallConfig.render(Set.of(Role.ETCD), with, access)).doesNotContain("9000");
    }

    @Test
    void wholeFileOfAPostgresHost() throws IOException {
        ExpectedFile.assertSame(this, "postgres.nft", FirewallConfig.render(Set.of(Role.POSTGRES), TOPOLOGY,
                new Access(List.of("192.168.124.0/23"), List.of("192.168.124.0/23"), false)));
    }

    @Test
    void wholeFileOfAPostgresHostThatClientsReachDirectlyAndOfNoClients() throws IOException {
        ExpectedFile.assertSame(this, "postgres-direct.nft", FirewallConfig.render(Set.of(Role.POSTGRES), TOPOLOGY,
                new Access(List.of("192.168.124.0/23"), List.of(), true)));
    }

    @Test
    void wholeFileOfAPostgresHostThatTheFencingServiceWatches() throws IOException {
        ExpectedFile.assertSame(this, "postgres-fencing.nft", FirewallConfig.render(Set.of(Role.POSTGRES), topology(true),
                new Access(List.of("192.168.124.0/23"), List.of("192.168.124.0/23"), false)));
    }

    @Test
    void refusesToLockSshOut() {
        assertThatThrownBy(() -> new Access(List.of(), List.of("192.168.124.0/23"), false))
                .hasMessage("sshNetworks has no network: it must have the one that this program reaches the hosts from");
        assertThatThrownBy(() -> new Access(List.of("everywhere"), List.of(), false))
                .hasMessage("sshNetworks: 'everywhere' must be an IPv4 network with its prefix, "
                        + "such as 192.168.124.0/23");
    }
}
