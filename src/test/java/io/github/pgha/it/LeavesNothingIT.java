package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The end: {@code destroy} takes all of it away, and {@code make down} the sandbox as well. */
@Order(Integer.MAX_VALUE)
@ExtendWith(Lab.class)
class LeavesNothingIT {
    private static void failApi(String kind) {
        Run.of(Duration.ofSeconds(30), Lab.ENVIRONMENT, List.of("./sandbox/fail-api", kind, "pulumi")).ok();
    }

    @Test
    void destroyThenDown() throws IOException, InterruptedException {
        assertThat(Lab.machines()).contains("course-pg1");
        // A node that answers nobody: it says so, and nothing of what it keeps is forgotten.
        failApi("lose-node");
        String said = Lab.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview").failed().said();
        assertThat(said).contains("course-pg1", "595");
        failApi("none");
        assertThat(Lab.pulumi("stack", "--stack", "dev").ok().out()).contains("VmLegacy");
        // Hosts that are dead already are no hindrance.
        for (int host : List.of(101, 103, 111, 113)) {
            Lab.powerOff(host);
        }
        Lab.pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview").ok();
        assertThat(Lab.machines()).contains("\"data\":[]");
        for (String node : List.of("pve1", "pve2", "pve3")) {
            // The folder stays, and its owner with it.
            String left = Lab.api("GET", "/nodes/" + node + "/storage/local/content").ok().out();
            assertThat(left).contains("pgha-keep-" + node + ".yaml").containsOnlyOnce("volid");
        }

        Lab.make("down").ok();
        assertThat(Path.of("/run/netns", Lab.namespace())).doesNotExist();
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain("sandbox-" + Lab.sandbox() + "/");
        // A service or a machine of the sandbox would be in one of its control groups.
        try (var groups = Files.find(Path.of("/sys/fs/cgroup"), 4,
                (path, attributes) -> path.getFileName().toString().equals(Lab.namespace()))) {
            assertThat(groups).isEmpty();
        }
        // Harmless when nothing is there.
        Lab.make("down").ok();
    }
}
