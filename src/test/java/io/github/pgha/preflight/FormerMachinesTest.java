package io.github.pgha.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.proxmox.FormerMachines;
import io.github.pgha.proxmox.FormerMachines.Machine;
import io.github.pgha.rules.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an {@code up} is told by Proxmox of the machines that are there. */
class FormerMachinesTest {
    private static final List<Machine> MACHINES =
            List.of(new Machine("pg1", 104, "pve1", false), new Machine("pg2", 105, "pve2", true));

    @TempDir
    private Path folder;
    private FakeProxmox proxmox;
    private final List<String> notices = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        proxmox = new FakeProxmox(folder, "ip:127.0.0.1");
    }

    @AfterEach
    void stop() {
        proxmox.close();
    }

    private void check() {
        FormerMachines.check(MACHINES, Optional.of("pgha"), proxmox.environment(), notices::add);
    }

    private void there(String name, int vmId, String node) {
        there(name, vmId, node, Map.of());
    }

    private void there(String name, int vmId, String node, Map<String, Object> more) {
        var row = new HashMap<String, Object>(
                Map.of("vmid", vmId, "name", name, "node", node, "type", "qemu", "status", "running"));
        row.putAll(more);
        proxmox.guests.add(row);
    }

    @Test
    void whoIsThereAndIsNotShownIsNamed() {
        proxmox.unseen.add(105);
        there("pg1", 104, "pve1");
        assertThatThrownBy(this::check).isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("'pg2' (105) must be shown to 'pgha@pve!pulumi', and is there without that")
                .hasMessageContaining("pveum acl modify /pool/pgha -users 'pgha@pve' -tokens 'pgha@pve!pulumi'");
    }

    @Test
    void whoIsGoneMayBeMadeAnew() {
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @Test
    void whoIsLockedIsRefusedIfItIsToBeChanged() {
        there("pg1", 104, "pve1", Map.of("lock", "backup"));
        there("pg2", 105, "pve2");
        assertThatCode(this::check).doesNotThrowAnyException();
        proxmox.guests.clear();
        there("pg1", 104, "pve1", Map.of("lock", "backup"));
        there("pg2", 105, "pve2", Map.of("lock", "snapshot"));
        assertThatThrownBy(this::check).isInstanceOf(InvalidInputException.class)
                .hasMessage("'pg2' (105) is to be changed and must not be locked, and is, by 'snapshot': wait for the end of "
                        + "that; a lock that a crash has left goes by `qm unlock 105`");
    }

    @Test
    void whoIsManagedByHaIsRefusedIfItIsToBeChanged() {
        there("pg1", 104, "pve1", Map.of("hastate", "started"));
        there("pg2", 105, "pve2", Map.of("hastate", "ignored"));
        assertThatCode(this::check).doesNotThrowAnyException();
        proxmox.guests.clear();
        there("pg2", 105, "pve2", Map.of("hastate", "started"));
        assertThatThrownBy(this::check).isInstanceOf(InvalidInputException.class)
                .hasMessage("'pg2' (105) is to be changed and must not be managed by Proxmox VE's HA, and is ('started'), which "
                        + "stops and starts it at times of its own: take it out first by `ha-manager remove vm:105`");
    }

    @Test
    void whoWasMigratedIsRefusedIfItIsToBeChanged() {
        there("pg1", 104, "pve3");
        there("pg2", 105, "pve2");
        assertThatCode(this::check).doesNotThrowAnyException();
        proxmox.guests.clear();
        there("pg2", 105, "pve3");
        assertThatThrownBy(this::check).isInstanceOf(InvalidInputException.class)
                .hasMessage("'pg2' (105) is to be changed and is on node 'pve3' by now, where Pulumi knows it on 'pve2': run "
                        + "`pulumi refresh` first");
    }

    @Test
    void whoCannotBeAskedRefusesNothing() {
        proxmox.unseen.add(105);
        Map<String, String> environment = proxmox.environment();
        proxmox.close();
        FormerMachines.check(MACHINES, Optional.empty(), environment, notices::add);
        assertThat(notices).singleElement().asString()
                .startsWith("whether Proxmox VE lets the cluster's machines be changed isn't known: ");
        FormerMachines.check(MACHINES, Optional.empty(), Map.of(), notices::add);
        assertThat(notices).hasSize(1);
    }
}
