package io.github.pgha.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.ClusterInputs;
import io.github.pgha.PostgresClusterArgs;
import io.github.pgha.Rude;
import io.github.pgha.Shape;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever is accepted is one word where it stands, and adds no line. */
class BalancerPropertyTest {
    @Provide
    Arbitrary<String> passwords() {
        return Rude.texts().filter(text -> !text.isEmpty());
    }

    @Property(tries = 100)
    void haproxysFileHasTheLinesOfATameOne(@ForAll(supplier = ClusterInputs.class) PostgresClusterArgs args) {
        String tame = HaproxyConfig.render("b", new Frontend("10.0.0.9/24", "ens18", 1, 5000, 5001, 7000),
                args.postgresHosts().stream().map(spec -> new Backend("p", "10.0.0.1", 200)).toList());
        String text = BalancerFiles.haproxy(args);
        String added = args.frontend().extra().text();
        assertThat(text).endsWith(added.stripTrailing() + "\n");
        String own = added.isBlank() ? text : text.substring(0, text.indexOf("\n# From here on: haproxyExtra.\n"));
        assertThat(Shape.of(own)).isEqualTo(Shape.of(tame));
        args.postgresHosts().forEach(spec -> assertThat(own.lines()).contains(
                "    server %s %s:5432 verifyhost %s".formatted(spec.name(), spec.ip(), spec.name())));
    }

    @Property(tries = 100)
    void keepalivedsFileHasTheLinesOfATameOne(@ForAll(supplier = ClusterInputs.class) PostgresClusterArgs args) {
        List<String> peers = IntStream.range(1, args.balancerHosts().size()).mapToObj(i -> "10.0.0." + i).toList();
        String tame = KeepalivedConfig.render(
                new Frontend("10.0.0.9/24", "ens18", 1, 5000, 5001, 7000), "10.0.0.8", peers, 250);
        String text = BalancerFiles.keepalived(args);
        assertThat(Shape.of(text)).hasSameSizeAs(Shape.of(tame));
        String shown = BalancerFiles.networkInterface(args);
        assertThat(text.lines()).contains("    interface " + shown, "        " + args.frontend().vip() + " dev " + shown);
        assertThat(Shape.of(BalancerFiles.unit(args))).isEqualTo(Shape.of(HaproxyUnit.render(
                new Frontend("10.0.0.9/24", "ens18", 1, 5000, 5001, 7000))));
    }

    @Property(tries = 500)
    void anyPasswordIsOneWordThatHaproxyReadsBack(@ForAll("passwords") String password) {
        String[] words = HaproxySecrets.render(password).lines().toList().get(2).split(" ");
        assertThat(words).hasSize(8);
        var bytes = new ByteArrayOutputStream();
        Matcher piece = Pattern.compile("\\\\x([0-9a-f]{2})|([A-Za-z0-9])").matcher(words[7]);
        int end = 0;
        while (piece.find()) {
            assertThat(piece.start()).isEqualTo(end);
            end = piece.end();
            bytes.write(piece.group(1) == null ? piece.group(2).charAt(0) : Integer.parseInt(piece.group(1), 16));
        }
        assertThat(end).isEqualTo(words[7].length());
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(password);
    }
}
