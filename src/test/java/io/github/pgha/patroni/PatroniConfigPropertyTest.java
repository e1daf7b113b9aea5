package io.github.pgha.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.patroni.PatroniConfig.Member;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.rules.InvalidInputException;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.yaml.snakeyaml.Yaml;

/** Whatever is accepted is read back from the file as it was written, and adds nothing to it. */
class PatroniConfigPropertyTest {
    private static final Database FIXED =
            new Database("pgha", "app", "app", List.of("192.168.124.0/23"), false, Timings.DEFAULT);
    private static final int LINES = render(FIXED, "pg1").split("\n").length;

    private static String render(Database database, String host) {
        var member = new Member(host, "10.0.0.1", 2048);
        return PatroniConfig.render(database, member, List.of(member), List.of("http://10.0.0.9:2379"));
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.oneOf(
                Arbitraries.strings().withChars("abnoyxE019-_").ofMinLength(1).ofMaxLength(6),
                Arbitraries.strings().withChars("an0-_ :#'\"\n\t{}[],&*!|>%@`~").ofMaxLength(4),
                Arbitraries.of("yes", "no", "on", "off", "null", "true", "1e3", "0x1f", "0o7", "12", "1_000", "y",
                        "nan"));
    }

    @Property(tries = 2000)
    void acceptedClusterNameStaysTheSameText(@ForAll("names") String name) {
        Database database;
        try {
            database = new Database(name, "app", "app", FIXED.clientNetworks(), false, Timings.DEFAULT);
        } catch (InvalidInputException e) {
            Assume.that(false);
            return;
        }
        Map<String, Object> read = new Yaml().load(render(database, "pg1"));
        assertThat(read).containsEntry("scope", name);
        assertThat(render(database, "pg1").split("\n")).hasSize(LINES);
    }

    @Property(tries = 2000)
    void acceptedHostNameStaysTheSameText(@ForAll("names") String name) {
        try {
            new VmSpec(name, "10.0.0.1/24", 100, "pve", 1, 1024, 8);
        } catch (InvalidInputException e) {
            Assume.that(false);
            return;
        }
        Map<String, Object> read = new Yaml().load(render(FIXED, name));
        assertThat(read).containsEntry("name", name);
        assertThat(render(FIXED, name).split("\n")).hasSize(LINES);
    }
}
