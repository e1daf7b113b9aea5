package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Changes of the shared cluster, one test after the other, while a client writes. After each, whether the change was taken or
 * refused, all that the client was told is there must be there, and it must hardly have noticed.
 */
@ExtendWith(Lab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class WhileAClientWrites {
    private final long longestGapMs;
    private Writer writer;
    private long startedMs;

    /**
     * A class of tests.
     *
     * @param longestGapMs how long the client may go without a row
     */
    WhileAClientWrites(long longestGapMs) {
        this.longestGapMs = longestGapMs;
    }

    @BeforeAll
    void startToWrite() throws IOException, InterruptedException {
        writer = Writer.start();
    }

    @AfterAll
    void stopToWrite() throws InterruptedException {
        writer.close();
        Lab.sql("primary", "DROP TABLE ledger").ok();
    }

    @AfterEach
    void nothingIsLostAndTheClientHardlyNoticed(TestInfo test) throws IOException {
        assertThat(writer.works()).isTrue();
        long gapMs = writer.longestGapMs(startedMs);
        // The limit is generous, as machines may be busy; what it really was is for docs/operations.md.
        Files.writeString(Path.of("target", "gaps.txt"), "%s.%s %d ms%n".formatted(getClass().getSimpleName(),
                test.getTestMethod().orElseThrow().getName(), gapMs), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        assertThat(gapMs).isLessThan(longestGapMs);
        var acknowledged = writer.acknowledged();
        var present = Lab.sql("primary", "SELECT id FROM ledger").ok().out().lines().map(Long::valueOf)
                .collect(Collectors.toSet());
        assertThat(present).containsAll(acknowledged);
    }

    Writer writer() {
        return writer;
    }

    /** From here on a gap counts. */
    void begin() {
        startedMs = System.currentTimeMillis();
    }

    /** An {@code up} with values in place of those in the stack's file, {@code pgha-lab:KEY=VALUE}. */
    Run up(Stream<String> values) {
        begin();
        return Trouble.up(values.toArray(String[]::new));
    }

    /** What Patroni tells of the members. */
    static Stream<JsonObject> members() {
        String listed = Lab.on("course-pg1", "patronictl", "list", "-f", "json").ok().out();
        return StreamSupport.stream(new Gson().fromJson(listed, JsonArray.class).spliterator(), false)
                .map(JsonElement::getAsJsonObject);
    }
}
