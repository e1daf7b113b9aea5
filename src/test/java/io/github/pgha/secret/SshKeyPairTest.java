package io.github.pgha.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshKeyPairTest {
    @TempDir Path directory;

    @Test
    void opensshReadsTheKeyAndFindsTheSamePublicPart() throws Exception {
        String key = SshKeyPair.generate();
        Path file = Files.createFile(directory.resolve("key"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, key);
        Process keygen = new ProcessBuilder("ssh-keygen", "-y", "-f", file.toString()).redirectErrorStream(true).start();
        String said = new String(keygen.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said.trim()).startsWith(SshKeyPair.publicKey(key));
    }

    @Test
    void refusesAnotherFormatWithoutRepeatingIt() {
        assertThatThrownBy(() -> SshKeyPair.publicKey("letmein"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("letmein");
    }

    @Test
    void passwordsDiffer() {
        assertThat(StoredSecret.randomPassword()).hasSize(32).matches("[A-Za-z0-9]+")
                .isNotEqualTo(StoredSecret.randomPassword());
    }
}
