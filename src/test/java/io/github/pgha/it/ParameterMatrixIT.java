package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.pgha.patroni.PostgresParameters;
import io.github.pgha.patroni.SynchronousMode;
import io.github.pgha.rules.Problems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every parameter that PostgreSQL lets users set, with the nasty values of its type: too large, too small, an unknown name, a
 * path that isn't there, nothing. What the preview lets through the trial judges, and whatever that takes a server can be
 * restarted with. What was refused and why is in {@code target/it/matrix.json}.
 */
@Order(23)
@Tag("long")
@ExtendWith(Lab.class)
class ParameterMatrixIT {
    private static final String HOST = "course-pg1";
    private static final Duration LIMIT = Duration.ofMinutes(45);
    /** Each of these would let a member, its sessions or its standbys fail later. */
    private static final List<String> NEVER_TAKEN = List.of("shared_preload_libraries=nosuch", "session_preload_libraries=nosuch",
            "local_preload_libraries=nosuch", "archive_library=nosuch", "ssl_ciphers=nosuch", "ssl_ecdh_curve=nosuch",
            "ssl_crl_file=/nowhere/at/all", "ssl_dh_params_file=/nowhere/at/all", "ssl_max_protocol_version=TLSv1",
            "log_directory=/nowhere/at/all", "unix_socket_group=nosuch", "unix_socket_permissions=0", "archive_command=nosuch",
            "restore_command=nosuch", "recovery_end_command=/nowhere/at/all", "default_table_access_method=nosuch",
            "timezone=nosuch", "post_auth_delay=2147",
            "temp_buffers=1073741823");

    @Test
    void whatIsTakenAServerLivesWith() throws IOException {
        try (var script = getClass().getResourceAsStream("/io/github/pgha/patroni/matrix.py")) {
            Lab.script(HOST, "cat >/run/matrix.py <<'END_OF_MATRIX'\n"
                    + new String(script.readAllBytes(), StandardCharsets.UTF_8) + "END_OF_MATRIX\n").ok();
        }
        var asked = new JsonArray();
        for (JsonElement candidate : new Gson().fromJson(
                Lab.on(HOST, "python3", "/run/matrix.py", "values").ok().out(), JsonArray.class)) {
            JsonArray parts = candidate.getAsJsonArray();
            if (passesThePreview(Map.of(parts.get(0).getAsString(), parts.get(1).getAsString()))) {
                asked.add(candidate);
            }
        }
        Run run = Run.of(LIMIT, Lab.ENVIRONMENT, List.of("./sandbox/console", HOST, "python3", "/run/matrix.py", "try"),
                asked.toString()).ok();
        Files.writeString(Path.of("target", "it", "matrix.json"), run.out());
        JsonObject found = new Gson().fromJson(run.out(), JsonObject.class);
        assertThat(found.getAsJsonArray("broken")).isEmpty();
        assertThat(found.get("asked").getAsInt()).isGreaterThan(1500);
        var refused = StreamSupport.stream(found.getAsJsonArray("refused").spliterator(), false).toList();
        var bad = StreamSupport.stream(found.getAsJsonArray("bad").spliterator(), false).toList();
        var all = Stream.concat(refused.stream(), bad.stream()).map(JsonElement::getAsJsonArray)
                .map(parts -> parts.get(0).getAsString() + "=" + parts.get(1).getAsString()).toList();
        assertThat(all).containsAll(NEVER_TAKEN);
    }

    /** In a cluster whose commits wait for standbys, as that of the dev stack. */
    private static boolean passesThePreview(Map<String, String> values) {
        var problems = new Problems();
        PostgresParameters.check(problems, values);
        PostgresParameters.checkDurability(problems, values, SynchronousMode.QUORUM);
        PostgresParameters.checkMemory(problems, values, HOST, 2048);
        return problems.sentences().isEmpty();
    }
}
