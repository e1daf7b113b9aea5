package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The drills' short set, once: nothing acknowledged is lost, no two primaries take writes, everything heals. */
@Order(Integer.MAX_VALUE - 2)
@ExtendWith(Lab.class)
class DrillIT {
    private static final Path REPORT = Path.of("drills/target/report/report.json");

    @Test
    void shortSet() throws IOException {
        Files.deleteIfExists(REPORT);
        Lab.make("drill").ok();
        var faults = JsonParser.parseString(Files.readString(REPORT)).getAsJsonObject().getAsJsonArray("faults");
        assertThat(faults).hasSizeGreaterThan(10);
        assertThat(StreamSupport.stream(faults.spliterator(), false).map(fault -> fault.getAsJsonObject())).allSatisfy(fault -> {
            assertThat(fault.get("lostRows").getAsInt()).isZero();
            assertThat(fault.get("splitBrainSamples").getAsInt()).isZero();
            assertThat(fault.get("healed").getAsBoolean()).isTrue();
        });
    }
}
