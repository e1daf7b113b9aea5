package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.test.PulumiTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The image that has the packages: {@code image/with-packages}. */
class ImageTest {
    private static final Pattern NEEDED = Pattern.compile("(?m)^PACKAGES='([^']*)'");
    private static final Pattern INSTALLED = Pattern.compile("(?m)^packages='([^']*)'");

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    @Test
    void hasWhatAllHostsNeed() throws IOException {
        var graph = Graph.up(LabConfig.dev(), Map.of());
        assertThat(packages(INSTALLED, Files.readString(Path.of("image/with-packages"))))
                .isEqualTo(packages(NEEDED, Stream.of("course-etcd1", "course-pg1")
                        .map(host -> graph.script(host + "-prepare")).collect(Collectors.joining())));
    }

    private static TreeSet<String> packages(Pattern pattern, String text) {
        return pattern.matcher(text).results().flatMap(found -> Stream.of(found.group(1).split("\\s+")))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
