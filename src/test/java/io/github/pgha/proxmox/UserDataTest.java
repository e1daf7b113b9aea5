package io.github.pgha.proxmox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

class UserDataTest {
    @Test
    void wholeFile() {
        Map<String, Object> data = parsed(new UserData("pg1", "admin", List.of("ssh-ed25519 AAAA me"),
                "-----BEGIN\nx\n-----END\n", "ssh-ed25519 BBBB", Optional.of("http://10.0.0.1:3142"), true,
                CloudInit.NONE));
        assertThat(data)
                .containsEntry("hostname", "pg1")
                .containsEntry("ssh_pwauth", false)
                .containsEntry("packages", List.of("qemu-guest-agent"))
                .containsEntry("ssh_keys", Map.of(
                        "ed25519_private", "-----BEGIN\nx\n-----END\n", "ed25519_public", "ssh-ed25519 BBBB"))
                .containsEntry("write_files", List.of(Map.of("path", "/etc/apt/apt.conf.d/90pgha-proxy",
                        "content", "Acquire::http::Proxy \"http://10.0.0.1:3142\";\n")))
                .containsEntry("users", List.of(Map.of("name", "admin", "shell", "/bin/bash", "lock_passwd", true,
                        "sudo", "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys", List.of("ssh-ed25519 AAAA me"))));
    }

    @Test
    void withoutProxyAndAgent() {
        Map<String, Object> data = parsed(new UserData("pg1", "admin", List.of(), "k", "p", Optional.empty(), false,
                CloudInit.NONE));
        // cloud-init calls a first boot degraded that was given an empty one.
        assertThat(data).doesNotContainKeys("write_files", "packages", "ssh_genkeytypes");
    }

    @Test
    void whatIsAddedIsAddedAndTakesNothingAway() {
        Map<String, Object> motd = Map.of("path", "/etc/motd", "content", "a\n\"b\"\n");
        var extra = new CloudInit(Map.of("runcmd", List.of(List.of("sh", "-c", "echo ${HOST_NAME} '# %'\n")),
                "write_files", List.of(motd), "packages", List.of("htop"), "ssh", Map.of("emit_keys_to_console", false)));
        Map<String, Object> with = parsed(new UserData("pg1", "admin", List.of("ssh-ed25519 AAAA me"), "k", "p",
                Optional.empty(), true, extra));
        assertThat(with).containsEntry("runcmd", extra.values().get("runcmd"))
                .containsEntry("ssh", extra.values().get("ssh"))
                .containsEntry("packages", List.of("qemu-guest-agent", "htop"))
                .containsEntry("write_files", List.of(motd));
        Map<String, Object> without = parsed(new UserData("pg1", "admin", List.of("ssh-ed25519 AAAA me"), "k", "p",
                Optional.empty(), true, CloudInit.NONE));
        without.keySet().removeAll(List.of("packages", "write_files"));
        assertThat(with).containsAllEntriesOf(without);
    }

    @Test
    void everyKeyOfOurOwnIsRefusedOrAddedTo() {
        var own = parsed(new UserData("pg1", "admin", List.of(), "k", "p", Optional.empty(), false, CloudInit.NONE));
        own.keySet().removeAll(List.of("packages", "write_files"));
        assertThat(own).isNotEmpty();
        own.keySet().forEach(key -> assertThatThrownBy(() -> new CloudInit(Map.of(key, 1)))
                .hasMessage("cloudInit: '" + key + "' must not be set: it is the library's own"));
    }

    @Test
    void refusesABadMachineWithKeyValueAndRule() {
        assertThatThrownBy(() -> new VmSpec("PG1", "10.0.0.1/24", 100, "pve", 1, 1024, 8))
                .hasMessageStartingWith("host 'PG1': name 'PG1' must be");
        assertThatThrownBy(() -> new VmSpec("pg1", "10.0.0.256/24", 100, "pve", 1, 1024, 8))
                .hasMessageStartingWith("host 'pg1': address '10.0.0.256/24' must be");
        assertThatThrownBy(() -> new VmSpec("pg1", "10.0.0.1/24", 99, "pve", 1, 1024, 8))
                .hasMessage("host 'pg1': vmId '99' must be 100 to 999999999");
    }

    private static Map<String, Object> parsed(UserData data) {
        String text = data.render();
        assertThat(text).startsWith("#cloud-config\n");
        return new Yaml().load(text);
    }
}
