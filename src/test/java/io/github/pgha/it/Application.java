package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An application that logs in again and again, through the virtual address, with everything verified. When its password is
 * refused it takes the stack's outputs anew, as a real one would be given them.
 */
final class Application {
    private static final String LOOP = """
            umask 077
            checkout=$PWD
            cd "$1"
            take() {
              (cd "$checkout" && pulumi stack output --json --show-secrets --stack dev) | python3 -c '
            import json, re, sys
            outputs = json.load(sys.stdin)
            uri = re.match("postgresql://(.*):(.*)@(.*):(.*)/(.*)[?]", outputs["primaryUri"])
            user, password, host, port, database = uri.groups()
            open("pgpass", "w").write(":".join([host, port, database, user, password]) + "\\n")
            open("service", "w").write(f"[app]\\nhost={host}\\nport={port}\\nuser={user}\\ndbname={database}\\n")
            open("ca.pem", "w").write(outputs["caCertificate"] + "\\n")'
            }
            take
            export PGSERVICEFILE=$1/service PGPASSFILE=$1/pgpass PGSSLMODE=verify-full PGSSLROOTCERT=$1/ca.pem PGCONNECT_TIMEOUT=5
            # One connection that stays.
            (psql -XAtq service=app -c 'SELECT 1 FROM pg_sleep(100000)' >session 2>&1; echo ended >>session) &
            while [ ! -e stop ]; do
              if said=$(psql -XAtqc 'SELECT 1' service=app 2>&1); then
                echo "$(date +%s.%N) in" >>logins
              else
                echo "$(date +%s.%N) out ${said//$'\\n'/ }" >>logins
                case $said in *"password authentication failed"*) take ;; esac
              fi
              sleep 0.1
            done
            kill %1
            """;

    private final Path directory;
    private final Process process;

    /** @param directory an empty one of its own */
    Application(Path directory) throws IOException {
        this.directory = directory;
        process = Run.start(Lab.ENVIRONMENT, List.of("./sandbox/run", "bash", "-c", LOOP, "application", directory.toString()),
                directory.resolve("out"), directory.resolve("err"));
    }

    /** The file with the authorities that it trusts. */
    Path authorities() {
        return directory.resolve("ca.pem");
    }

    /** Waits until it has logged in once more. */
    void logsIn() throws IOException, InterruptedException {
        Instant now = Instant.now();
        Instant limit = now.plusSeconds(90);
        while (logins().stream().noneMatch(login -> login.in && login.at.isAfter(now))) {
            assertThat(process.isAlive()).as(Files.readString(directory.resolve("err"))).isTrue();
            assertThat(Instant.now()).as("the application's next login; the last lines: %s", last()).isBefore(limit);
            Thread.sleep(200);
        }
    }

    /** How long it couldn't log in at most: from the last success before a failure to the first one after it. */
    Duration longestGap(Instant since) throws IOException {
        Duration longest = Duration.ZERO;
        Instant good = since;
        boolean failed = false;
        for (Login login : logins()) {
            if (login.at.isBefore(since)) {
                continue;
            }
            if (login.in) {
                Duration gap = Duration.between(good, login.at);
                longest = failed && gap.compareTo(longest) > 0 ? gap : longest;
                good = login.at;
            }
            failed = !login.in;
        }
        return longest;
    }

    /** Whether the connection of its start is there still. */
    boolean connected() throws IOException {
        return Files.readString(directory.resolve("session")).isEmpty();
    }

    private record Login(Instant at, boolean in) {}

    private List<Login> logins() throws IOException {
        Path file = directory.resolve("logins");
        if (!Files.exists(file)) {
            return List.of();
        }
        return Files.readString(file).lines().map(line -> line.split(" ")).filter(words -> words.length > 1)
                .map(words -> new Login(Instant.ofEpochMilli((long) (Double.parseDouble(words[0]) * 1000)),
                        words[1].equals("in")))
                .toList();
    }

    /** Its last words, which have no password: libpq never says one. */
    String last() throws IOException {
        Path file = directory.resolve("logins");
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    }

    /** Ends it. */
    void close() throws IOException, InterruptedException {
        Files.createFile(directory.resolve("stop"));
        process.waitFor(30, java.util.concurrent.TimeUnit.SECONDS);
        Run.kill(process);
    }
}
