package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.pulumi.core.Output;
import io.github.pgha.balancer.Frontend;
import io.github.pgha.fencing.Fencing;
import io.github.pgha.firewall.Access;
import io.github.pgha.host.ExistingHost;
import io.github.pgha.host.HostSpec;
import io.github.pgha.patroni.Database;
import io.github.pgha.patroni.Timings;
import io.github.pgha.rules.InvalidInputException;
import io.github.pgha.secret.SecuritySettings;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hosts that exist already, in the configuration and in arguments. */
class ExistingSettingsTest {
    private static final String HOST_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKaTTxxlZnNFV38C2SeRV8vbBe2SHxQeHmBgXWRuU+bT";

    static Stream<LabSettingsTest.Row> refused() throws IOException {
        return LabSettingsTest.rows("refused-hosts.txt");
    }

    @ParameterizedTest
    @MethodSource
    void refused(LabSettingsTest.Row row) throws IOException {
        var settings = row.applied(LabConfig.hosts()).settings();
        var refusal = catchThrowableOfType(InvalidInputException.class, settings::cluster);
        assertThat(refusal).as("refusal").isNotNull();
        assertThat(refusal.problems()).containsExactlyElementsOf(row.sentences());
    }

    @Test
    void theExampleIsAcceptedAsItIs() throws IOException {
        var hosts = (ExistingHosts) LabConfig.hosts().settings().cluster().hosts();
        assertThat(hosts.etcd()).extracting(ExistingHost::name).containsExactly("db-etcd1", "db-etcd2", "db-etcd3");
        assertThat(hosts.postgres()).extracting(HostSpec::ip)
                .containsExactly("192.168.56.21", "192.168.56.22", "192.168.56.23");
        assertThat(hosts.postgres()).allSatisfy(host -> {
            assertThat(host.user()).isEqualTo("admin");
            assertThat(host.port()).isEqualTo(22);
            assertThat(host.privateKey()).isPresent();
            assertThat(host.jumpHost()).isEmpty();
            assertThat(host.memoryMb()).isEqualTo(2048);
        });
        assertThat(hosts.onDestroy()).isEqualTo(OnDestroy.KEEP);
    }

    @Test
    void aHostSaysWhatIsItsOwn() throws IOException {
        var hosts = (ExistingHosts) LabConfig.hosts().with("existingHosts.port", "2222").with("etcdHosts[1].port", "22")
                .with("etcdHosts[1].user", "root").with("existingHosts.jumpHost",
                        "{address: gate.example.org, user: jump, port: 443, hostKey: " + HOST_KEY + "}")
                .with("existingHosts.onDestroy", "purge").with("existingHosts.purgeCluster", "shop")
                .settings().cluster().hosts();
        assertThat(hosts.etcd()).extracting(ExistingHost::port).containsExactly(2222, 22, 2222);
        assertThat(hosts.etcd()).extracting(ExistingHost::user).containsExactly("admin", "root", "admin");
        var jump = hosts.etcd().get(0).jumpHost().orElseThrow();
        assertThat(jump.address()).isEqualTo("gate.example.org");
        assertThat(jump.user()).isEqualTo("jump");
        assertThat(jump.port()).isEqualTo(443);
        assertThat(hosts.onDestroy()).isEqualTo(OnDestroy.purge("shop"));
    }

    @Test
    void anAgentMayHoldTheKey() throws IOException {
        var hosts = (ExistingHosts) LabConfig.hosts().with("existingHostsPrivateKey", "")
                .settings(Map.of("SSH_AUTH_SOCK", "/run/agent")).cluster().hosts();
        assertThat(hosts.etcd()).allSatisfy(host -> assertThat(host.privateKey()).isEmpty());
    }

    @Test
    void argumentsAreHeldToTheSameRules() {
        assertThatThrownBy(() -> args(OnDestroy.purge("shops"), true)).isInstanceOf(InvalidInputException.class)
                .hasMessage("""
                        2 inputs are refused:
                          - purgeCluster 'shops' must be the name of the cluster whose data `pulumi destroy` is to \
                        remove, 'shop', or be left out
                          - fencing 'proxmox' must be off on hosts that exist already: it powers virtual machines off \
                        through the Proxmox VE API""");
        assertThat(args(OnDestroy.purge("shop"), false).hosts()).isInstanceOf(ExistingHosts.class);
    }

    @Test
    void argumentsLeaveTheBalancersSshServersTheirPort() {
        var hosts = (ExistingHosts) args(OnDestroy.KEEP, false).hosts();
        var etcd = hosts.etcd().stream().map(host -> new ExistingHost(host.name(), host.address(), host.user(),
                host.privateKey(), host.hostKey(), 7000, Optional.empty(), 1024)).toList();
        assertThatThrownBy(() -> new PostgresClusterArgs(new ExistingHosts(etcd, hosts.postgres(), OnDestroy.KEEP),
                List.of("e1", "e2"), new Database("shop", "shop", "shop", List.of("10.0.0.0/24"), false, Timings.DEFAULT),
                new Frontend("10.0.0.10/24", "eth0", 33, 5000, 5001, 7000)))
                .isInstanceOf(InvalidInputException.class).hasMessageContainingAll(
                        "host 'e1': port '7000' must be its SSH server's alone", "host 'e2': port '7000'")
                .hasMessageNotContaining("host 'e3'");
    }

    private static PostgresClusterArgs args(OnDestroy onDestroy, boolean fencing) {
        Output<String> key = Output.ofSecret("a key");
        var etcd = IntStream.rangeClosed(1, 3).mapToObj(i -> new ExistingHost(
                "e" + i, "10.0.0.1" + i + "/24", "root", key, HOST_KEY, 1024)).toList();
        var postgres = IntStream.rangeClosed(1, 2).mapToObj(i -> new ExistingHost(
                "p" + i, "10.0.0.2" + i + "/24", "root", key, HOST_KEY, 2048)).toList();
        return new PostgresClusterArgs(new ExistingHosts(etcd, postgres, onDestroy), List.of("e1", "e2"),
                new Database("shop", "shop", "shop", List.of("10.0.0.0/24"), false, Timings.DEFAULT),
                new Frontend("10.0.0.10/24", "eth0", 33, 5000, 5001, 7000),
                new Access(List.of(Access.ANYWHERE), List.of("10.0.0.0/24"), false), SecuritySettings.DEFAULT,
                fencing ? Optional.of(new Fencing(URI.create("https://pve:8006/"), key, Optional.empty()))
                        : Optional.empty(), AcceptedRisks.NONE, Upkeep.DEFAULT);
    }
}
