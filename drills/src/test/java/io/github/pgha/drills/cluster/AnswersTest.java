package io.github.pgha.drills.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.cluster.Cluster.EtcdStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswersTest {
    @Test
    void readsPatronisCluster() {
        assertThat(Patroni.view("""
                {"members": [
                  {"name": "p1", "role": "leader", "state": "running", "host": "10.0.0.11", "port": 5432,
                   "timeline": 3},
                  {"name": "p2", "role": "replica", "state": "starting", "host": "10.0.0.12", "port": 5432,
                   "lag": "unknown"}],
                 "scope": "pgha", "pause": true}""")).contains(new Patroni.View(List.of(
                new Member("p1", "leader", "running", "10.0.0.11", 5432, 3),
                new Member("p2", "replica", "starting", "10.0.0.12", 5432, 0)), true));
        assertThat(Patroni.view("{\"members\": []}")).isEmpty();
        assertThat(Patroni.view("<html>")).isEmpty();
    }

    @Test
    void readsWhatAMemberSaysOfItself() {
        assertThat(Patroni.ownState("{\"state\": \"running\", \"role\": \"primary\", \"timeline\": 3}"))
                .contains("running");
        String standby = "{\"state\": \"running\", \"role\": \"replica\", \"replication_state\": \"streaming\"}";
        assertThat(Patroni.ownState(standby)).contains("streaming");
        assertThat(Patroni.ownState(standby.replace("streaming", "in archive recovery")))
                .contains("in archive recovery");
        assertThat(Patroni.ownState(standby.replace("running", "starting"))).contains("starting");
        assertThat(Patroni.ownState("{\"state\": \"running\", \"role\": \"replica\"}")).contains("running");
        assertThat(Patroni.ownState("{}")).isEmpty();
        assertThat(Patroni.ownState("<html>")).isEmpty();
    }

    @Test
    void readsEtcdsStatus() {
        String leader = """
                [{"Endpoint":"http://10.0.0.1:2379","Status":{"header":{"member_id":15517831807069457834},
                "leader":15517831807069457834}}]""";
        assertThat(Cluster.etcdStatus(leader)).isEqualTo(new EtcdStatus(true, true));
        assertThat(Cluster.etcdStatus(leader.replace("\"leader\":1", "\"leader\":2")))
                .isEqualTo(new EtcdStatus(true, false));
        assertThat(Cluster.etcdStatus(leader.replace("\"leader\":15517831807069457834", "\"leader\":0")))
                .isEqualTo(new EtcdStatus(false, false));
        assertThat(Cluster.etcdStatus("[]")).isEqualTo(new EtcdStatus(false, false));
        assertThat(Cluster.etcdStatus("")).isEqualTo(new EtcdStatus(false, false));
    }

    @Test
    void pullsACableAndChangesNothingElse() {
        String net = "virtio=BC:24:11:01:02:03,bridge=vmbr0,firewall=1";
        assertThat(Proxmox.withCable(net, false)).isEqualTo(net + ",link_down=1");
        assertThat(Proxmox.withCable(net + ",link_down=1", true)).isEqualTo(net);
        assertThat(Proxmox.withCable(net + ",link_down=1", false)).isEqualTo(net + ",link_down=1");
    }

    @Test
    void namesAMissingVariable() {
        assertThatThrownBy(() -> Proxmox.of(Map.of("PROXMOX_VE_ENDPOINT", "https://pve:8006")))
                .hasMessageStartingWith("The environment has no PROXMOX_VE_API_TOKEN");
        assertThatThrownBy(() -> Proxmox.of(Map.of("PROXMOX_VE_ENDPOINT", "https://pve:8006",
                "PROXMOX_VE_API_TOKEN", "t", "SSL_CERT_FILE", "/nowhere.pem")))
                .hasMessageStartingWith("SSL_CERT_FILE '/nowhere.pem' must be a file");
    }
}
