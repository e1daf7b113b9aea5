package io.github.pgha.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ExpectedFile;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SshdConfigTest {
    @Test
    void wholeFile() throws IOException {
        ExpectedFile.assertSame(this, "10-pgha.conf", SshdConfig.render("pgha"));
    }

    @Test
    void rootMayLogInWithAKeyOnHostsThatAreReachedAsRoot() {
        assertThat(SshdConfig.render("root")).contains("PermitRootLogin prohibit-password\n");
    }
}
