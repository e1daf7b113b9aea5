package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.postgresql.Driver;

/**
 * A client that writes rows through the virtual address without a break, and keeps a ledger of what was acknowledged.
 * It runs in a process of its own, in the sandbox's network.
 */
final class Writer implements AutoCloseable {
    private static final Path LEDGER = Path.of("target", "it", "ledger.txt");
    /** Between two rows. */
    private static final long PAUSE_MS = 20;

    private final Process process;

    private record Entry(long id, long atMs, int session) {}

    private Writer(Process process) {
        this.process = process;
    }

    /** Makes an empty table, starts to write, and waits for the first row. */
    static Writer start() throws IOException, InterruptedException {
        Lab.sql("primary", "DROP TABLE IF EXISTS ledger; CREATE TABLE ledger (id bigint PRIMARY KEY)").ok();
        var outputs = Lab.outputs();
        Path authority = Files.writeString(Files.createTempFile(Path.of("target", "it"), "ca-", ".pem"),
                outputs.get("caCertificate").getAsString());
        Path driver = Path.of(Driver.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        var started = Run.start(Lab.ENVIRONMENT, List.of("./sandbox/run", "java", "-cp",
                Path.of("target", "test-classes") + ":" + driver, Writer.class.getName()), LEDGER,
                Path.of("target", "it", "ledger.err"));
        // The URI has the password: neither an argument nor the environment.
        var stdin = started.outputWriter();
        stdin.write(outputs.get("primaryUri").getAsString() + "\n" + authority.toAbsolutePath() + "\n");
        stdin.flush();
        var writer = new Writer(started);
        writer.sessionAfter(0);
        return writer;
    }

    /** Whether it still tries. */
    boolean works() {
        return process.isAlive();
    }

    private static List<Entry> entries() throws IOException {
        var entries = new ArrayList<Entry>();
        String written = Files.readString(LEDGER);
        // The last line may be on its way.
        for (String line : written.substring(0, written.lastIndexOf('\n') + 1).lines().toList()) {
            String[] words = line.split(" ");
            entries.add(new Entry(Long.parseLong(words[0]), Long.parseLong(words[1]), Integer.parseInt(words[2])));
        }
        return entries;
    }

    /** What was acknowledged so far. */
    Set<Long> acknowledged() throws IOException {
        return entries().stream().map(Entry::id).collect(Collectors.toSet());
    }

    /** The longest time without a row since a moment, the one across it and the one that still lasts included. */
    long longestGapMs(long fromMs) throws IOException {
        var entries = entries();
        long longest = 0;
        for (int i = 0; i < entries.size(); i++) {
            long next = i + 1 < entries.size() ? entries.get(i + 1).atMs() : System.currentTimeMillis();
            if (next >= fromMs) {
                longest = Math.max(longest, next - entries.get(i).atMs());
            }
        }
        return longest;
    }

    /** Number of the session that wrote the first row after a moment; waits for it. */
    int sessionAfter(long atMs) throws IOException, InterruptedException {
        var deadline = Instant.now().plusSeconds(60);
        while (true) {
            for (Entry entry : entries()) {
                if (entry.atMs() > atMs) {
                    return entry.session();
                }
            }
            assertThat(Instant.now()).as("a row is written").isBefore(deadline);
            Thread.sleep(100);
        }
    }

    @Override
    public void close() throws InterruptedException {
        Run.kill(process);
    }

    /**
     * The process: reads the URI and the authority's file, then prints a line for each acknowledged row: its number,
     * the time in milliseconds, and the number of the session. It ends with its standard input, at the latest when the
     * tests do.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Matcher uri = Pattern.compile("postgresql://([^:]+):([^@]+)@(.+)").matcher(in.readLine());
        if (!uri.matches()) {
            throw new IllegalArgumentException("the stack's primaryUri isn't one");
        }
        String url = "jdbc:postgresql://%s&user=%s&password=%s&sslrootcert=%s".formatted(
                uri.group(3), uri.group(1), uri.group(2), in.readLine())
                + "&connectTimeout=2&loginTimeout=2&socketTimeout=5";
        var end = new Thread(() -> {
            in.lines().forEach(line -> { });
            Runtime.getRuntime().halt(0);
        });
        end.setDaemon(true);
        end.start();
        long id = 0;
        int session = 0;
        while (true) {
            try (Connection connection = DriverManager.getConnection(url);
                    var insert = connection.prepareStatement("INSERT INTO ledger VALUES (?)")) {
                session++;
                while (true) {
                    // Never the same one again: what wasn't acknowledged may be there.
                    insert.setLong(1, ++id);
                    insert.executeUpdate();
                    System.out.println(id + " " + System.currentTimeMillis() + " " + session);
                    Thread.sleep(PAUSE_MS);
                }
            } catch (SQLException e) {
                System.err.println(System.currentTimeMillis() + " " + e.getMessage());
                Thread.sleep(PAUSE_MS);
            }
        }
    }
}
