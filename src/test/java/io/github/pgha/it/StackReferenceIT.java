package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.Driver;

/** {@code examples/stack-reference}: another project migrates a schema in the cluster, and its client writes there. */
@Order(8)
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StackReferenceIT {
    private static final Path EXAMPLE = Path.of("examples/stack-reference");
    private static final String MEMBERS = "192.168.124.248:5432,192.168.124.237:5432,192.168.124.249:5432";

    /** The stack's settings with the salt of its passphrase, which aren't for the checkout. */
    @TempDir
    private static Path project;

    @BeforeAll
    static void makeStack() throws IOException {
        // What Pulumi asks first. It brings what Maven needs, which has no network where Pulumi runs here.
        Run.of(Lab.LONG, Map.of(), List.of("mvn", "-q", "-B", "-ntp", "-f", EXAMPLE.resolve("pom.xml").toString(),
                "compile", "exec:java", "-DmainClass=com.pulumi.bootstrap.internal.Main", "-DmainArgs=packages")).ok();
        Files.copy(EXAMPLE.resolve("Pulumi.yaml"), project.resolve("Pulumi.yaml"));
        pulumi(project, "stack", "init", "it", "--no-select").ok();
        pulumi(project, "config", "set", "databaseStack", "organization/pgha-lab/dev", "--stack", "it").ok();
    }

    @AfterAll
    static void removeAll() {
        example("destroy", "--yes", "--skip-preview").ok();
        pulumi(project, "stack", "rm", "it", "--yes").ok();
        Lab.sql("primary", "DROP SCHEMA shop CASCADE").ok();
    }

    /** The real Pulumi: the one that is found first in the sandbox is for the sandbox's own stack. */
    private static Run pulumi(Path folder, String... arguments) {
        var command = new ArrayList<>(List.of("./sandbox/run", "bash", "-euc",
                "PATH=${PATH#*:}; cd \"$0\"; exec pulumi \"$@\"", folder.toString()));
        command.addAll(List.of(arguments));
        return Run.of(Lab.LONG, Lab.ENVIRONMENT, command);
    }

    private static Run example(String verb, String... arguments) {
        var all = new ArrayList<>(List.of(verb, "--stack", "it", "--non-interactive", "--config-file",
                project.resolve("Pulumi.it.yaml").toString()));
        all.addAll(List.of(arguments));
        return pulumi(EXAMPLE, all.toArray(String[]::new));
    }

    @Test
    @Order(1)
    void aPreviewTellsWhatIsPendingAndDoesNothing() {
        assertThat(example("preview").ok().out()).contains("pulumi up will run V1__products.sql, V2__purchases.sql");
        assertThat(Lab.sql("primary", "SELECT count(*) FROM pg_namespace WHERE nspname = 'shop'").ok().out())
                .isEqualTo("0\n");
    }

    @Test
    @Order(2)
    void theSchemaIsMigratedAndReadOnAStandby() {
        example("up", "--yes", "--skip-preview").ok();
        var outputs = JsonParser.parseString(pulumi(project, "stack", "output", "--stack", "it", "--json").ok().out());
        assertThat(outputs).isEqualTo(JsonParser.parseString(
                "{pendingMigrations: [], schemaVersion: '2', products: ['tea', 'teapot']}"));
        assertThat(Lab.sql("replica", "SELECT script FROM shop.flyway_schema_history "
                + "WHERE version IS NOT NULL AND success ORDER BY version").ok().out())
                .isEqualTo("V1__products.sql\nV2__purchases.sql\n");
    }

    @Test
    @Order(3)
    void aSecondUpChangesNothing() {
        example("preview", "--expect-no-changes").ok();
        assertThat(example("up", "--yes", "--skip-preview", "--expect-no-changes").ok().out())
                .doesNotContain("Outputs:\n  ~").doesNotContain("created").doesNotContain("updated");
    }

    @Test
    @Order(4)
    void itsClientWritesThroughTheVirtualAddressAndToTheMembers() throws IOException {
        String said = "[1-9]\\d* purchases acknowledged, longest gap \\d+\\.\\d s, 0 lost\n";
        assertThat(client("3")).matches(said);
        assertThat(client("3", MEMBERS)).matches(said);
    }

    private static String client(String... arguments) throws IOException {
        var outputs = Lab.outputs();
        Path authority = Files.writeString(project.resolve("ca.pem"), outputs.get("caCertificate").getAsString());
        Path driver = Path.of(Driver.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        var command = new ArrayList<>(List.of("./sandbox/run", "java", "-cp",
                EXAMPLE.resolve("target/classes") + ":" + driver, "shop.Client"));
        command.addAll(List.of(arguments));
        return Run.of(Duration.ofMinutes(2), Lab.ENVIRONMENT, command,
                outputs.get("primaryUri").getAsString() + "\n" + authority + "\n").ok().out();
    }
}
