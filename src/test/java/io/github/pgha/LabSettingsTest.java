package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgha.rules.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LabSettingsTest {
    /** Edits of the dev stack's configuration, and the sentences that refuse them. */
    record Row(String edits, List<String> sentences) {
        LabConfig config() throws IOException {
            return applied(LabConfig.dev());
        }

        LabConfig applied(LabConfig config) {
            for (String edit : edits.split(" ; ")) {
                String[] pair = edit.split(" ?= ?", 2);
                config.with(pair[0], pair[1]);
            }
            return config;
        }

        @Override
        public String toString() {
            return edits;
        }
    }

    /** Blocks between empty lines: a line of edits, and the sentences below it. */
    static Stream<Row> rows(String file) throws IOException {
        try (var in = LabSettingsTest.class.getResourceAsStream(file)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^#.*\n", "");
            return Stream.of(text.strip().split("\n\n+")).map(block -> {
                var lines = new ArrayList<>(block.lines().toList());
                return new Row(lines.remove(0), lines);
            });
        }
    }

    static Stream<Row> refused() throws IOException {
        return rows("refused.txt");
    }

    static Stream<Row> accepted() throws IOException {
        return rows("accepted.txt");
    }

    @ParameterizedTest
    @MethodSource
    void refused(Row row) throws IOException {
        var settings = row.config().settings();
        var refusal = catchThrowableOfType(InvalidInputException.class, settings::cluster);
        assertThat(refusal).as("refusal").isNotNull();
        assertThat(refusal.problems()).containsExactlyElementsOf(row.sentences());
    }

    @ParameterizedTest
    @MethodSource
    void accepted(Row row) throws IOException {
        var settings = row.config().settings();
        assertThat(row.sentences()).isEmpty();
        assertThatCode(settings::cluster).doesNotThrowAnyException();
    }

    @Test
    void fiveFaultsAreFiveSentencesOfOneMessage() throws IOException {
        var settings = LabConfig.dev().with("etcdHosts[2]", "").with("vip", "192.168.125.13/23")
                .with("patroniTtl", "19").with("postgresHosts[0].vmId", "101").with("routeId", "7").settings();
        assertThatThrownBy(settings::cluster).hasMessage("""
                5 inputs are refused:
                  - routeId is not a key of this program's configuration: the nearest one is routerId
                  - patroniTtl '19' must be at least 20 seconds
                  - etcdHosts has 2 hosts: it must have an odd number of at least 3, \
                so that a majority is left when one fails
                  - vmId '101' must be used by one host only, and is by host 'course-etcd1' and host 'course-pg1'
                  - vip '192.168.125.13/23' must not be the address of a host, and is that of host 'course-etcd1'""");
    }

    @Test
    void everyKeyOfTheSchemaIsReadAndNoOther() throws IOException {
        assertThat(LabConfig.dev().settings().known()).containsExactlyInAnyOrderElementsOf(LabConfig.schema().keySet());
    }

    @Test
    void theExampleIsAcceptedAsItIs() throws IOException {
        var args = LabConfig.of("Pulumi.example.yaml").settings().cluster();
        assertThat(args.postgresHosts()).extracting("node").containsExactly("pve1", "pve2", "pve3");
        assertThat(args.risks()).isEqualTo(AcceptedRisks.NONE);
    }

    @Test
    void everyRowOfAHostHasItsDefaults() throws IOException {
        var args = LabConfig.dev().with("postgresHosts[1].node", "pve9").with("allowOneNode", "true")
                .settings().cluster();
        assertThat(args.etcdHosts().get(0)).hasToString("VmSpec[name=course-etcd1, address=192.168.125.13/23, "
                + "vmId=101, node=pve1, cores=1, memoryMb=1024, diskGb=10, rebuild=0]");
        assertThat(args.postgresHosts().get(1)).hasToString("VmSpec[name=course-pg2, address=192.168.124.237/23, "
                + "vmId=112, node=pve9, cores=2, memoryMb=2048, diskGb=20, rebuild=0]");
    }

    @Test
    void onlyTheProjectsOwnKeysAreLookedAt() {
        assertThat(App.keys("pgha-lab",
                "{\"pgha-lab:vip\": \"x\", \"proxmoxve:endpoint\": \"y\", \"pulumi:tags\": \"z\"}"))
                .containsExactly("vip");
        assertThat(App.keys("pgha-lab", null)).isEmpty();
    }

    @Test
    void secretsMustBeEncrypted() throws IOException {
        var settings = LabConfig.hosts().with("fencingToken", "sesame").with("caPrivateKey", "").settings();
        settings.refusePlainSecrets(Set.of("existingHostsPrivateKey", "vip"));
        assertThatThrownBy(settings::cluster).hasMessage("fencingToken is in plain text in the stack's settings: it must be "
                + "set by `pulumi config set --secret fencingToken`");
    }

    @Test
    void theEngineTellsWhichKeysAreEncrypted() {
        assertThat(App.secretKeys("pgha-lab", "[\"pgha-lab:caPrivateKey\", \"proxmoxve:apiToken\"]"))
                .contains(Set.of("caPrivateKey"));
        assertThat(App.secretKeys("pgha-lab", "[]")).contains(Set.of());
        assertThat(App.secretKeys("pgha-lab", null)).isEmpty();
    }
}
