package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Runs that do a part of their work, or go on from a state that somebody had in his hands. */
@Order(26)
@Tag("long")
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PartialRunIT {
    private static final String ONLY_A_PART = "this run does only a part";

    @Test
    @Order(1)
    void whatATargetLeavesOutStaysToBeDone() {
        JsonObject before = Lab.outputs();
        rebuild("course-pg1");
        assertThat(Trouble.upWith("--target", "**::course-etcd3-firewall").ok().said()).contains(ONLY_A_PART);
        for (String output : List.of("hosts", "authorities", "lastUp")) {
            assertThat(Lab.outputs().get(output)).isEqualTo(before.get(output));
        }
        rebuild("course-pg2");
        assertThat(Trouble.upWith().failed().said())
                .contains("'course-pg1' and 'course-pg2' must not go or be built anew in one `up`");
        StackFile.reset();
        Lab.changesNothing();
    }

    private static void rebuild(String member) {
        var file = StackFile.read();
        file.host("postgresHosts", member).put("rebuild", 1);
        file.write();
    }

    @Test
    @Order(2)
    void anExcludedMemberGetsItsPartFromTheNextOne() {
        String change = "--config=pgha-lab:postgresParameters.work_mem=7MB";
        assertThat(Trouble.upWith(change, "--exclude", "**::course-pg1-*").ok().said()).contains(ONLY_A_PART);
        Trouble.upWith(change).ok();
        for (String member : Lab.POSTGRES) {
            assertThat(Lab.on(member, "runuser", "-u", "postgres", "--", "psql", "-XAtqc", "SHOW work_mem").ok().out().strip())
                    .isEqualTo("7MB");
        }
        Trouble.upWith().ok();
    }

    @Test
    @Order(3)
    void anAuthorityThatIsLeftOutIsNamed() {
        String said = Trouble.upWith("--config=pgha-lab:caTrust[0]=1", "--config=pgha-lab:caTrust[1]=2", "--target",
                "**::course-etcd3-**").failed().said();
        assertThat(said).contains("'pgha-ca-2'").doesNotContain("at java.base");
        Lab.changesNothing();
    }

    @Test
    @Order(4)
    void aStateMayBeExportedAndImported() throws IOException {
        Path state = Files.createTempFile(Path.of("target", "it"), "state-", ".json");
        Lab.pulumi("stack", "export", "--stack", "dev", "--file", state.toString()).ok();
        Lab.pulumi("stack", "import", "--stack", "dev", "--file", state.toString()).ok();
        Files.delete(state);
        Lab.changesNothing();
    }

    @Test
    @Order(5)
    void aCommandThatTheStateForgotRunsAgain() {
        String urn = Lab.pulumi("stack", "--stack", "dev", "--show-urns").ok().out().lines()
                .filter(line -> line.contains("URN:") && line.endsWith("::course-pg1-roll-leader"))
                .map(line -> line.replaceFirst(".*URN: *", "")).findFirst().orElseThrow();
        Lab.pulumi("state", "delete", "--stack", "dev", "--yes", "--force", "--target-dependents", urn).ok();
        Trouble.upWith().ok();
        Lab.changesNothing();
    }

    @Test
    @Order(6)
    void aSavedPlanHolds() throws IOException {
        Path plan = Files.createTempFile(Path.of("target", "it"), "plan-", ".json");
        String[] change = {"--config-path", "--config", "pgha-lab:postgresParameters.work_mem=7MB"};
        Lab.pulumi(Stream.concat(Stream.of("preview", "--stack", "dev", "--save-plan", plan.toString()), Stream.of(change))
                .toArray(String[]::new)).ok();
        Trouble.upWith("--config=pgha-lab:postgresParameters.work_mem=7MB", "--plan", plan.toString()).ok();
        Files.delete(plan);
        Trouble.upWith().ok();
        Lab.changesNothing();
    }
}
