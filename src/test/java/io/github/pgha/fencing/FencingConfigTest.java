package io.github.pgha.fencing;

import io.github.pgha.ExpectedFile;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class FencingConfigTest {
    @Test
    void wholeFile() throws IOException {
        var members = List.of(
                new FencedMember("course-pg1", "192.168.124.248", "pve", 111),
                new FencedMember("course-pg2", "192.168.124.237", "pve2", 112));
        ExpectedFile.assertSame(this, "config.json", FencingConfig.render("pgha", "course-etcd2", "192.168.125.79",
                List.of("course-etcd1", "course-etcd2", "course-etcd3"), "fence-1", members,
                List.of(URI.create("https://192.168.124.2:8006/"), URI.create("https://192.168.124.3:8006/")),
                Fencing.DEFAULT_SILENCE, Fencing.DEFAULT_INTERVAL));
    }
}
