package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.core.Output;
import com.pulumi.test.PulumiTest;
import io.github.pgha.rules.Problems;
import io.github.pgha.secret.CaGenerations;
import io.github.pgha.secret.OwnAuthority;
import io.github.pgha.secret.SecuritySettings;
import io.github.pgha.secret.TrustedAuthority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Authorities of one's own; generated ones are in {@code former.txt} too. */
class FormerAuthoritiesTest {
    private static final String KNOWN_FIRST = "must be one that all hosts trust since the last `up`: trust it in one `up` beside "
            + "the present one, and let it sign in the next: see docs/security.md";
    private static final String KEPT = "which signed in the last `up`: take it out after one in which another signs";

    private String generated;
    private String own;
    private FormerAuthorities ofTheDevStack;

    @BeforeEach
    void authorities() throws IOException {
        var graph = Graph.up(LabConfig.dev(), Map.of());
        generated = graph.output("caCertificate").toString();
        ofTheDevStack = FormerAuthorities.of(graph.output("authorities"));
        try (var in = FormerAuthoritiesTest.class.getResourceAsStream("authority.pem")) {
            own = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static SecuritySettings generated(List<Integer> trust, int sign) {
        return new SecuritySettings(1, Duration.ofDays(365), new CaGenerations(trust, sign), Optional.empty());
    }

    private static SecuritySettings own(String certificates) {
        return new SecuritySettings(1, Duration.ofDays(365), CaGenerations.DEFAULT,
                Optional.of(new OwnAuthority(certificates, Output.ofSecret("key"))));
    }

    private static FormerAuthorities after(SecuritySettings settings, String certificates) {
        return FormerAuthorities.of(
                TrustedAuthority.of(certificates, settings).stream().map(TrustedAuthority::output).toList());
    }

    private static List<String> problems(FormerAuthorities former, SecuritySettings wanted) {
        var problems = new Problems();
        former.check(problems, wanted);
        return problems.sentences();
    }

    @Test
    void outputsTellThem() {
        assertThat(ofTheDevStack.trusted()).singleElement().satisfies(first -> {
            assertThat(first.subject()).isEqualTo("CN=pgha CA 1");
            assertThat(first.publicKey()).matches("[0-9a-f]{64}");
            assertThat(first.generation()).contains(1);
            assertThat(first.signs()).isTrue();
        });
    }

    @Test
    void aGeneratedOneIsReplacedInThreeSteps() {
        assertThat(problems(ofTheDevStack, generated(List.of(1, 2), 1))).isEmpty();
        var both = after(generated(List.of(1, 2), 1), generated + own);
        assertThat(problems(both, generated(List.of(2), 2)))
                .containsExactly("caTrust '[2]' must keep 1, " + KEPT);
        assertThat(problems(both, generated(List.of(1, 2), 2))).isEmpty();
        assertThat(problems(after(generated(List.of(1, 2), 2), generated + own), generated(List.of(2), 2))).isEmpty();
    }

    @Test
    void oneOfYourOwnComesInSteps() {
        assertThat(problems(ofTheDevStack, own(own))).containsExactly(
                "caCertificate: 'CN=example authority', which is the first and signs, " + KNOWN_FIRST,
                "caCertificate must keep 'CN=pgha CA 1', " + KEPT);
        assertThat(problems(ofTheDevStack, own(own + generated))).containsExactly(
                "caCertificate: 'CN=example authority', which is the first and signs, " + KNOWN_FIRST);
        // The generated one goes on signing, as one of your own.
        assertThat(problems(ofTheDevStack, own(generated + own))).isEmpty();
        var known = after(own(generated + own), generated + own);
        assertThat(problems(known, own(own))).containsExactly("caCertificate must keep 'CN=pgha CA 1', " + KEPT);
        assertThat(problems(known, own(own + generated))).isEmpty();
        assertThat(problems(after(own(own + generated), own + generated), own(own))).isEmpty();
    }

    @Test
    void aGeneratedOneDoesNotComeBack() {
        assertThat(problems(after(own(own), own), generated(List.of(1), 1))).containsExactly("caCertificate must stay set: a "
                + "generated authority would sign in the `up` that makes it, when nobody trusts it yet; another one of your own "
                + "can take its place, see docs/security.md");
    }

    @Test
    void outputsThatDoNotTellThemRefuseNothing() {
        assertThat(problems(FormerAuthorities.of(null), own(own))).isEmpty();
        assertThat(problems(FormerAuthorities.of(List.of("text", Map.of("subject", "CN=other"))), own(own))).isEmpty();
    }
}
