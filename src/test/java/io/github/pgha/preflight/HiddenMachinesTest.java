package io.github.pgha.preflight;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.proxmox.HiddenMachines;
import io.github.pgha.rules.InvalidInputException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token that may not see the cluster's machines any more, against one that they are gone for. */
class HiddenMachinesTest {
    private static final Map<String, Integer> MACHINES = new java.util.TreeMap<>(Map.of("pg1", 104, "pg2", 105));

    @TempDir
    private Path folder;

    @Test
    void whoIsThereAndIsNotShownIsNamed() throws Exception {
        try (var proxmox = new FakeProxmox(folder, "ip:127.0.0.1")) {
            proxmox.unseen.add(105);
            proxmox.guests.add(Map.of("vmid", 104, "name", "pg1", "node", "pve1", "type", "qemu", "status", "running"));
            assertThatThrownBy(() -> HiddenMachines.check(MACHINES, Optional.of("pgha"), proxmox.environment()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("'pg2' (105) must be shown to 'pgha@pve!pulumi', and are there without that")
                    .hasMessageContaining("pveum acl modify /pool/pgha -users 'pgha@pve' -tokens 'pgha@pve!pulumi'");
        }
    }

    @Test
    void whoIsGoneMayBeMadeAnew() throws Exception {
        try (var proxmox = new FakeProxmox(folder, "ip:127.0.0.1")) {
            assertThatCode(() -> HiddenMachines.check(MACHINES, Optional.empty(), proxmox.environment()))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void whoCannotBeAskedRefusesNothing() throws Exception {
        Map<String, String> environment;
        try (var proxmox = new FakeProxmox(folder, "ip:127.0.0.1")) {
            proxmox.unseen.add(105);
            environment = new HashMap<>(proxmox.environment());
        }
        assertThatCode(() -> HiddenMachines.check(MACHINES, Optional.empty(), environment)).doesNotThrowAnyException();
        assertThatCode(() -> HiddenMachines.check(MACHINES, Optional.empty(), Map.of())).doesNotThrowAnyException();
    }
}
