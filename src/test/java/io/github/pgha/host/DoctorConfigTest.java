package io.github.pgha.host;

import io.github.pgha.ExpectedFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorConfigTest {
    @Test
    void wholeFile() throws IOException {
        ExpectedFile.assertSame(this, "doctor.json", DoctorConfig.render("192.168.124.248",
                List.of("patroni", "curl"), List.of("192.168.125.13", "192.168.125.79", "192.168.125.80"),
                List.of("192.168.124.248", "192.168.124.237")));
    }
}
