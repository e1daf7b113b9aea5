package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * An {@code up} is killed at a random moment, as by a power failure of the machine that it runs on, and the next one ends
 * healthy: ten times that of a change, with a client's rows kept, and ten times that of a fresh build. The moments come from a
 * seed, which is printed; {@code -Dpgha.it.seed=N} repeats them.
 */
@Order(28)
@Tag("long")
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InterruptionIT {
    private static final long SEED = Long.getLong("pgha.it.seed", ThreadLocalRandom.current().nextInt(1000));
    /** About as long as each takes on two quiet cores: a moment after the end interrupts nothing. */
    private static final int CHANGE_MS = 30_000;
    private static final int BUILD_MS = 70_000;

    @RepeatedTest(10)
    @Order(1)
    void aChangeIsInterrupted(RepetitionInfo repetition) throws IOException, InterruptedException {
        int round = repetition.getCurrentRepetition();
        Lab.sql("primary", "CREATE TABLE IF NOT EXISTS kept (round int)").ok();
        Lab.sql("primary", "INSERT INTO kept VALUES (" + round + ")").ok();
        // All kinds of work: a restart in turns, reloads everywhere, new passwords would take longer than this.
        String[] change = {"--config-path", "--config", "pgha-lab:postgresParameters.max_connections=" + (200 + round),
            "--config", "pgha-lab:clientNetworks[0]=192.168.124.0/23",
            "--config", "pgha-lab:clientNetworks[1]=10." + round + ".0.0/16"};
        killed(round, CHANGE_MS, change);
        up(change).ok();
        assertThat(Lab.sql("primary", "SHOW max_connections").ok().out().strip()).isEqualTo(Integer.toString(200 + round));
        assertThat(Lab.sql("primary", "SELECT count(DISTINCT round) FROM kept").ok().out().strip())
                .isEqualTo(Integer.toString(round));
        Lab.changesNothing(change);
    }

    @RepeatedTest(10)
    @Order(2)
    void aFreshBuildIsInterrupted(RepetitionInfo repetition) throws IOException, InterruptedException {
        int round = 10 + repetition.getCurrentRepetition();
        destroy().ok();
        killed(round, BUILD_MS);
        if (round % 3 == 0) {
            // What is half built can be taken away, too. Of a machine that was just made Pulumi may know only that it was to be.
            String said = destroy().ok().said();
            for (JsonElement left : JsonParser.parseString(Lab.machines()).getAsJsonObject()
                    .getAsJsonArray("data")) {
                assertThat(said).contains("::" + left.getAsJsonObject().get("name").getAsString()
                        + ", interrupted while creating");
                Lab.loseMachine(left.getAsJsonObject().get("vmid").getAsInt());
            }
        }
        up().ok();
        Lab.sql("primary", "CREATE TABLE kept (round int)").ok();
        Lab.changesNothing();
    }

    private static void killed(int round, int withinMs, String... arguments) throws IOException, InterruptedException {
        int moment = new SplittableRandom(SEED * 100 + round).nextInt(withinMs);
        System.out.printf("seed %d, round %d: killed after %.1f s%n", SEED, round, moment / 1000.0);
        var command = new ArrayList<>(List.of("./sandbox/run", "pulumi"));
        command.addAll(arguments("up", arguments));
        Process up = Run.start(Lab.ENVIRONMENT, command, Path.of("target", "it", "interrupted-" + round + ".out"),
                Path.of("target", "it", "interrupted-" + round + ".err"));
        up.waitFor(moment, TimeUnit.MILLISECONDS);
        Run.kill(up);
    }

    private static Run up(String... arguments) {
        return Lab.pulumi(arguments("up", arguments).toArray(String[]::new));
    }

    private static Run destroy() {
        return Lab.pulumi(arguments("destroy").toArray(String[]::new));
    }

    private static List<String> arguments(String verb, String... more) {
        var arguments = new ArrayList<>(List.of(verb, "--stack", "dev", "--yes", "--skip-preview", "--non-interactive"));
        arguments.addAll(List.of(more));
        return arguments;
    }
}
