package io.github.pgha.drills.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.drills.stack.Host;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SshTest {
    @Test
    void whoLogsInAsRootNeedsNoSudo() {
        assertThat(Ssh.shell(user("root"))).isEqualTo("bash -s");
        assertThat(Ssh.shell(user("admin"))).isEqualTo("sudo bash -s");
    }

    private static Host user(String name) {
        return new Host("p1", "10.0.0.11", name, "ssh-ed25519 AAAA", 22, "", 0, Set.of(Host.POSTGRES));
    }
}
