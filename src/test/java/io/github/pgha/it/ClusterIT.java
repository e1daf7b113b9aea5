package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a newcomer does after {@code make up}; the cluster itself was built by an {@code up} that was killed once. */
@Order(1)
@ExtendWith(Lab.class)
class ClusterIT {
    private static final Set<String> HOSTS =
            Set.of("course-etcd1", "course-etcd2", "course-etcd3", "course-pg1", "course-pg2", "course-pg3");

    @Test
    void aFolderThatIsClosedIsSaidAndNoKeyWithIt() {
        assertThat(Lab.upWhileTheFolderIsClosed()).contains("pgha-keep-pve1.yaml", "permission denied")
                .doesNotContain("PRIVATE KEY", "ssh_keys", "authorized_keys");
    }

    @Test
    void anAddressThatSomebodyHasIsRefusedBeforeAnythingIsInstalled() {
        assertThat(Lab.upWhileTheAddressIsTaken()).containsPattern(
                "vip '192\\.168\\.125\\.250' must be an address that is free, and [0-9a-f:]{17} answers for it")
                .doesNotContain("-prepare");
    }

    @Test
    void outputsAreThoseOfTheDesign() {
        JsonObject outputs = Lab.outputs();
        assertThat(outputs.keySet()).contains("vip", "primaryPort", "replicaPort", "primaryUri", "replicaUri", "members",
                "etcdEndpoints", "statsUrl", "caCertificate", "authorities", "hosts", "adminPrivateKey",
                "howToConnect");
        assertThat(outputs.get("vip").getAsString()).isEqualTo("192.168.125.250");
        assertThat(outputs.get("primaryPort").getAsInt()).isEqualTo(5000);
        assertThat(outputs.get("replicaPort").getAsInt()).isEqualTo(5001);
        assertThat(outputs.get("primaryUri").getAsString())
                .matches("postgresql://app:[^@]{32}@192\\.168\\.125\\.250:5000/app\\?sslmode=verify-full");
        assertThat(outputs.getAsJsonObject("members").keySet()).isEqualTo(HOSTS);
        assertThat(outputs.getAsJsonObject("hosts").keySet()).isEqualTo(HOSTS);
        assertThat(outputs.getAsJsonArray("etcdEndpoints")).hasSize(3);
    }

    @Test
    void secretOutputsAreHiddenUnlessAskedFor() {
        String password = Lab.outputs().get("primaryUri").getAsString().replaceAll(".*app:([^@]*)@.*", "$1");
        String shown = Lab.pulumi("stack", "output", "--stack", "dev", "--json").ok().out();
        assertThat(shown).contains("\"primaryUri\": \"[secret]\"").doesNotContain(password).doesNotContain("PRIVATE KEY");
    }

    @Test
    void howToConnectWorksByCopyAndPaste() {
        String commands = Lab.pulumi("stack", "output", "--stack", "dev", "howToConnect").ok().out();
        String asked = commands.replace("pgha-ca.pem", "target/pgha-ca.pem")
                .replaceAll("(?m)^psql .*", "$0 -XAtc 'SELECT pg_is_in_recovery()'");
        assertThat(Lab.run("bash", "-euc", asked).ok().out()).isEqualTo("f\nt\n");
    }

    @Test
    void whatIsWrittenThroughOnePortIsReadThroughTheOther() throws InterruptedException {
        assertThat(Lab.sql("primary", "SELECT pg_is_in_recovery()").ok().out()).isEqualTo("f\n");
        assertThat(Lab.sql("replica", "SELECT pg_is_in_recovery()").ok().out()).isEqualTo("t\n");
        String text = "it's $here \"ünd\" %s";
        Lab.sql("primary", """
                DROP TABLE IF EXISTS trial;
                CREATE TABLE trial (what text);
                INSERT INTO trial VALUES ('%s');
                """.formatted(text.replace("'", "''"))).ok();
        // Both standbys, whichever the balancer chooses.
        await("both standbys replay the row", () -> IntStream.range(0, 4)
                .mapToObj(i -> Lab.sql("replica", "SELECT what FROM trial"))
                .allMatch(run -> run.exit() == 0 && run.out().equals(text + "\n")));
        Lab.sql("primary", "DROP TABLE trial").ok();
    }

    @Test
    void readsAreSharedByBothStandbys() {
        var servers = IntStream.range(0, 6)
                .mapToObj(i -> Lab.sql("replica", "SELECT host(inet_server_addr())").ok().out().trim())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(servers).hasSize(2);
    }

    @Test
    void aWriteThroughTheStandbysPortIsRefused() {
        assertThat(Lab.sql("replica", "CREATE TABLE refused (i int)").failed().err()).contains("read-only transaction");
    }

    @Test
    void patronictlNamesOneLeaderAndTwoStreamingStandbys() {
        String listed = Lab.on("course-pg2", "patronictl", "list").ok().out();
        assertThat(listed.lines().filter(line -> line.contains("| Leader"))).hasSize(1);
        assertThat(listed.lines().filter(line -> line.contains("| streaming"))).hasSize(2);
    }

    /** Files of attributes are not renamed into place: a killed Pulumi may leave an empty one, which ends all later ones. */
    @Test
    void pulumiWritesNoFilesOfAttributes() {
        String files = Lab.run("bash", "-euc", "state=${PULUMI_BACKEND_URL#file://}; find \"${state%%\\?*}\" -type f").ok().out();
        assertThat(files).contains("dev.json\n").doesNotContain(".attrs");
    }

    @Test
    void aSecondUpChangesNothing() {
        Lab.changesNothing();
        String said = Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "--expect-no-changes").ok().out();
        assertThat(said).contains("unchanged").doesNotContain("updated").doesNotContain("created");
    }

    @Test
    void aPreviewRefusesWhatProxmoxLacksForNewMachines() throws InterruptedException {
        var before = StackFile.read();
        Lab.api("POST", "/nodes/pve2/qemu?vmid=114&name=somebodys&pool=pgha").ok();
        try {
            var file = StackFile.read();
            file.list("postgresHosts").addAll(List.of(
                    Map.of("name", "course-pg4", "address", "192.168.124.230/23", "vmId", 114),
                    Map.of("name", "course-pg5", "address", "192.168.124.231/23", "vmId", 115, "node", "pve9")));
            file.set("allowOneNode", true).set("imageDatastore", "nowhere").write();
            assertThat(Lab.pulumi("preview", "--stack", "dev").failed().said()).contains("3 inputs are refused:",
                    "host 'course-pg4': vmId '114' must be free, and machine 'somebodys' on node 'pve2' has it",
                    "host 'course-pg5': node 'pve9' must be one of this Proxmox: pve1, pve2, pve3",
                    "imageDatastore 'nowhere' must be a datastore of node 'pve1' that the provider's user may see: local");
        } finally {
            before.write();
            Lab.loseMachine(114);
        }
    }

    @Test
    void aWrongTokenIsSaidToBeOne() {
        Run run = Lab.run("env", "PROXMOX_VE_API_TOKEN=root@pam!pgha=00000000-0000-0000-0000-000000000000",
                "pulumi", "refresh", "--stack", "dev", "--preview-only");
        assertThat(run.failed().said()).contains("401");
    }

    @Test
    void theCheckoutStaysClean() {
        assertThat(Lab.checkout()).isEqualTo(Lab.checkoutBefore());
    }

    private static void await(String what, java.util.function.BooleanSupplier condition) throws InterruptedException {
        var deadline = Instant.now().plusSeconds(60);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as(what).isBefore(deadline);
            Thread.sleep(200);
        }
    }
}
