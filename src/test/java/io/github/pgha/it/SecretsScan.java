package io.github.pgha.it;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Searches all that a cluster's making and changing leaves behind, on hosts and on the machine where Pulumi runs, for each
 * secret of the stack: {@code make secrets-scan}. It builds a cluster, or takes the one that runs in the sandbox; changes it
 * by an {@code up} that succeeds and one that fails; and watches processes and temporary files meanwhile.
 *
 * <p>In each kind of source it also plants a word of its own, and fails if it doesn't find that again. No message
 * repeats what was found.
 */
public final class SecretsScan {
    private static final String SANDBOX = System.getProperty("pgha.it.sandbox", "secrets");
    private static final Path STATE = Path.of(System.getenv().getOrDefault("PGHA_STATE",
            System.getenv().getOrDefault("XDG_STATE_HOME", System.getProperty("user.home") + "/.local/state") + "/pgha"),
            "sandbox-" + SANDBOX);
    /** What is there for a moment only is there for so long. */
    private static final int MOMENT_SECONDS = 2;
    private static final long LARGEST_TEMPORARY = 64 << 20;
    private static final String FAILING = "/usr/local/sbin/";
    /** Given to the sandbox's provider in its environment, which is where the provider wants them. */
    private static final Set<String> IN_ENVIRONMENT = Set.of("proxmox-token", "proxmox-fence-token", "proxmox-ssh-key");

    private final Instant begun = Instant.now();
    private final Path work = Path.of("target", "secrets-scan").toAbsolutePath();
    private final Path temporary = work.resolve("tmp");
    private final Map<String, String> secrets = new TreeMap<>();
    private final Map<Source, String> planted = new EnumMap<>(Source.class);
    private final List<Said> said = new ArrayList<>();
    private final List<Path> toRemove = new ArrayList<>();
    private final Map<Source, Count> counts = new EnumMap<>(Source.class);
    private final Set<String> leaks = new TreeSet<>();
    private final Set<Source> plantFound = new TreeSet<>();
    private final Needles needles = new Needles();
    private Map<String, Path> hosts = Map.of();

    private record Said(Source source, String command, int exit, String text) {}

    private static final class Count {
        private int files;
        private long bytes;
        private int hits;
    }

    private SecretsScan() throws IOException {
        for (Source source : Source.values()) {
            counts.put(source, new Count());
        }
        remove(work);
        Files.createDirectories(temporary,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /**
     * Runs the search.
     *
     * @param arguments none
     * @throws IllegalStateException if a secret is found where it shouldn't be, or a planted one isn't
     */
    public static void main(String[] arguments) throws Exception {
        var scan = new SecretsScan();
        boolean runs = scan.command(null, "", "./sandbox/run", "pulumi", "stack", "output", "--stack", "dev", "vip").exit == 0;
        boolean clean;
        try {
            clean = scan.scan(runs);
        } finally {
            scan.cleanUp(runs);
        }
        if (!clean) {
            throw new IllegalStateException("secrets-scan failed, see above");
        }
    }

    private boolean scan(boolean runs) throws Exception {
        List<Watch.Seen> seen;
        try (var watch = new Watch("pgha-" + SANDBOX, temporary)) {
            if (!runs) {
                must(command(Source.OUTPUT, "", "make", "up"));
            }
            hosts = hosts();
            learn();
            command(Source.OUTPUT, "", pulumi("preview", "--diff", "-c", "pgha-lab:timing=" + plant(Source.OUTPUT)));
            must(command(Source.OUTPUT, "", pulumi("up", "--yes", "--diff",
                    "-c", "pgha-lab:rotation=2", "-c", "pgha-lab:timing=normal")));
            learn();
            failingUp();
            learn();
            plantEverywhere();
            seen = watch.end();
            say("%d looks at all processes", watch.rounds());
        }
        secrets.forEach(needles::add);
        planted.forEach((source, word) -> needles.add(planted(source), word));
        search(seen);
        return report();
    }

    // What happens

    /** Programs that fail: in a script that holds secrets, and in one that repeats what the program said. */
    private void failingUp() throws IOException, InterruptedException {
        String word = plant(Source.FAILURE);
        String program = "cat >%1$s && chmod 755 %1$s";
        String fails = "#!/bin/sh\necho '" + word + "' >&2\nexit 1\n";
        must(on("course-etcd1", program.formatted(FAILING + "keepalived"), fails));
        must(on("course-etcd2", program.formatted(FAILING + "chown"), fails));
        Said up = command(Source.FAILURE, "", pulumi("up", "--yes", "--diff", "--continue-on-error",
                "-c", "pgha-lab:rotation=3"));
        if (up.exit == 0) {
            throw new IllegalStateException("the up that was to fail didn't");
        }
    }

    private void plantEverywhere() throws IOException, InterruptedException {
        String base64 = "$(printf '%%s' 'x%s' | base64 -w 0)";
        place(Source.STATE, STATE.resolve("pulumi/.pulumi/planted"));
        place(Source.PULUMI_LOG, pulumiLogs().resolve("planted.log"));
        place(Source.MACHINE_FILES, temporary.resolve("planted"));
        place(Source.USER_DATA, STATE.resolve("storage/local/snippets/planted"));
        String sleep = "sleep " + MOMENT_SECONDS + "; :";
        var moments = new ArrayList<Thread>();
        String host = "course-pg1";
        // Over standard input, so that the words are in no other list of arguments.
        moments.add(moment(on(host), "bash -c '" + sleep + "' '" + plant(Source.HOST_ARGUMENTS) + "'"));
        moments.add(moment(on(host), "PLANTED=" + base64.formatted(plant(Source.HOST_ENVIRONMENT)) + " bash -c '" + sleep + "'"));
        moments.add(moment(sandbox("bash", "-s"), "bash -c '" + sleep + "' '" + plant(Source.MACHINE_ARGUMENTS) + "'"));
        moments.add(moment(sandbox("bash", "-s"), "PLANTED='" + plant(Source.MACHINE_ENVIRONMENT) + "' bash -c '" + sleep + "'"));
        moments.add(moment(on(host), "f=$(mktemp); echo '" + plant(Source.HOST_TMP) + "' >$f; " + sleep + "; rm $f"));
        moments.add(moment(on(host), "umask 022; echo '" + plant(Source.HOST_READABLE) + "' >/etc/pgha-planted; logger "
                + base64.formatted(plant(Source.JOURNAL)) + "; echo '" + plant(Source.CLOUD_INIT_LOG)
                + "' >/var/log/cloud-init-planted.log; cd /; echo \"DO \\$\\$ BEGIN RAISE LOG '"
                + plant(Source.POSTGRES_LOG) + "'; END \\$\\$\" | runuser -u postgres -- psql -qX"));
        // Encoded, as it comes to the server.
        String path = java.net.URLEncoder.encode(plant(Source.API_LOG), StandardCharsets.UTF_8);
        moments.add(moment(sandbox("bash", "-s"), "echo \"Authorization: PVEAPIToken=$PROXMOX_VE_API_TOKEN\" | curl -sS -o "
                + "/dev/null -H @- \"${PROXMOX_VE_ENDPOINT}api2/json/nodes/pve1/" + path + "\""));
        for (Thread moment : moments) {
            moment.join();
        }
    }

    private void place(Source source, Path file) throws IOException {
        toRemove.add(file);
        Files.writeString(file, plant(source) + "\n");
    }

    private Thread moment(List<String> command, String script) {
        var thread = new Thread(() -> {
            try {
                must(command(null, script, command.toArray(String[]::new)));
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException("planting", e);
            }
        });
        thread.start();
        return thread;
    }

    /** A word that is nobody's secret but this program's. */
    private String plant(Source source) {
        String letters = new SecureRandom().ints(28, 'a', 'z' + 1)
                .collect(StringBuilder::new, (text, letter) -> text.append((char) letter), StringBuilder::append).toString();
        return planted.computeIfAbsent(source, key -> "planted+" + letters + "=");
    }

    private static String planted(Source source) {
        return "what was planted: " + source;
    }

    private void cleanUp(boolean runs) throws IOException, InterruptedException {
        for (Path file : toRemove) {
            Files.deleteIfExists(file);
        }
        if (!runs) {
            must(command(null, "", "make", "down"));
            return;
        }
        for (String host : hosts.keySet()) {
            must(on(host, "rm -f " + FAILING + "keepalived " + FAILING
                    + "chown /etc/pgha-planted /var/log/cloud-init-planted.log", ""));
        }
        // As it was, with new passwords.
        must(command(null, "", pulumi("up", "--yes", "--skip-preview")));
    }

    // What is secret

    private void learn() throws IOException, InterruptedException {
        Said export = must(command(null, "", sandbox("pulumi", "stack", "export", "--show-secrets", "--stack", "dev")
                .toArray(String[]::new)));
        JsonParser.parseString(export.text).getAsJsonObject().getAsJsonObject("deployment").getAsJsonArray("resources")
                .forEach(element -> {
                    JsonObject resource = element.getAsJsonObject();
                    if (resource.get("type").getAsString().equals("pulumi:index:Stash") && resource.has("outputs")
                            && resource.getAsJsonObject("outputs").get("output").isJsonObject()) {
                        String urn = resource.get("urn").getAsString();
                        String plain = resource.getAsJsonObject("outputs").getAsJsonObject("output")
                                .get("plaintext").getAsString();
                        keep(urn.substring(urn.lastIndexOf("::") + 2), JsonParser.parseString(plain).getAsString());
                    }
                });
        // Keys that come from seeds, which the state doesn't have.
        for (var host : hosts.entrySet()) {
            walk(host.getValue().resolve("etc"), (file, attributes) -> attributes.size() < 1 << 14
                    && !file.toString().contains("/etc/ssl/"), file -> {
                        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                        if (text.contains("PRIVATE KEY-----")) {
                            keep(host.getKey() + ":/" + host.getValue().relativize(file), text);
                        }
                    });
        }
        keep("proxmox-token", Files.readString(STATE.resolve("identity/token")));
        keep("proxmox-fence-token", Files.readString(STATE.resolve("identity/fence-token")));
        keep("proxmox-ssh-key", Files.readString(STATE.resolve("identity/id_ed25519")));
        keep("passphrase", Files.readString(STATE.resolve("passphrase")));
    }

    /** A name may come to stand for another secret: a password that is made anew. */
    private void keep(String name, String secret) {
        String free = name;
        for (int i = 2; secrets.containsKey(free) && !secrets.get(free).equals(secret); i++) {
            free = name + " (" + i + ")";
        }
        secrets.put(free, secret);
    }

    // What is searched

    private void search(List<Watch.Seen> seen) throws IOException, InterruptedException {
        for (Watch.Seen one : seen) {
            search(one.source(), one.place(), new ByteArrayInputStream(one.bytes()));
        }
        for (Said one : said) {
            search(one.source, one.command, new ByteArrayInputStream(one.text.getBytes(StandardCharsets.UTF_8)));
        }
        all(Source.STATE, STATE.resolve("pulumi"));
        all(Source.STATE, STATE.resolve("project"));
        FileTime born = Files.getLastModifiedTime(STATE.resolve("passphrase"));
        walk(pulumiLogs(), (file, attributes) -> attributes.lastModifiedTime().compareTo(born) >= 0,
                file -> search(Source.PULUMI_LOG, file));
        walk(temporary, (file, attributes) -> true, file -> search(
                file.getFileName().toString().contains(".log") ? Source.PULUMI_LOG : Source.MACHINE_FILES, file));
        FileTime since = FileTime.from(begun);
        for (String folder : List.of("/tmp", "/var/tmp")) {
            walk(Path.of(folder), (file, attributes) -> attributes.lastModifiedTime().compareTo(since) >= 0
                    && attributes.size() < LARGEST_TEMPORARY, file -> search(Source.MACHINE_FILES, file));
        }
        for (String folder : List.of("tasks", "vms", "run")) {
            all(Source.MACHINE_FILES, STATE.resolve(folder));
        }
        all(Source.API_LOG, STATE.resolve("log"));
        // The first node's own, and those of the others.
        for (String local : List.of("local", "pve2/local", "pve3/local")) {
            all(Source.USER_DATA, STATE.resolve("storage/" + local + "/snippets"));
        }
        for (var host : hosts.entrySet()) {
            searchHost(host.getKey(), host.getValue());
        }
    }

    private void searchHost(String host, Path root) throws IOException, InterruptedException {
        for (String folder : List.of("tmp", "var/tmp")) {
            all(Source.HOST_TMP, root.resolve(folder));
        }
        readable(root, root);
        for (String folder : List.of("var/log", "run/cloud-init")) {
            walk(root.resolve(folder), (file, attributes) -> file.toString().matches(".*/(cloud-init|ds-)[^/]*\\.log"),
                    file -> search(Source.CLOUD_INIT_LOG, file));
        }
        all(Source.POSTGRES_LOG, root.resolve("var/log/postgresql"));
        stream(Source.POSTGRES_LOG, host + " journal of patroni", host, "journalctl -q -a -o cat --no-pager -u patroni");
        stream(Source.JOURNAL, host + " journal", host, "journalctl -q -a -o export --no-pager");
    }

    /** What anybody may read, but for what came with Debian's packages. */
    private void readable(Path root, Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String place = "/" + root.relativize(entry);
                var attributes = Files.readAttributes(entry, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                Set<PosixFilePermission> permissions = attributes.permissions();
                if (attributes.isDirectory()) {
                    boolean packaged = place.matches("/(proc|sys|dev|run/host|usr/(?!local$).*)");
                    if (!packaged && permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
                        readable(root, entry);
                    }
                } else if (attributes.isRegularFile() && permissions.contains(PosixFilePermission.OTHERS_READ)) {
                    search(Source.HOST_READABLE, entry);
                }
            }
        } catch (java.nio.file.NoSuchFileException e) {
            // It went away meanwhile.
        }
    }

    private void all(Source source, Path folder) throws IOException {
        walk(folder, (file, attributes) -> true, file -> search(source, file));
    }

    private interface Visitor {
        void visit(Path file) throws IOException;
    }

    private static void walk(Path folder, BiPredicate<Path, BasicFileAttributes> wanted, Visitor visitor) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile() && wanted.test(file, attributes)) {
                    try {
                        visitor.visit(file);
                    } catch (java.nio.file.NoSuchFileException e) {
                        // It went away meanwhile.
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof java.nio.file.NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
    }

    private void search(Source source, Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            search(source, place(file), in);
        }
    }

    private String place(Path file) {
        return hosts.entrySet().stream().filter(host -> file.startsWith(host.getValue()))
                .map(host -> host.getKey() + ":/" + host.getValue().relativize(file)).findFirst().orElse(file.toString());
    }

    private void stream(Source source, String place, String host, String script) throws IOException, InterruptedException {
        var builder = new ProcessBuilder("./sandbox/console", host, "sh", "-c", script)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PGHA_SANDBOX", SANDBOX);
        Process process = builder.start();
        process.getOutputStream().close();
        search(source, place, process.getInputStream());
        if (process.waitFor() != 0) {
            throw new IllegalStateException(host + ": " + script + " ended with " + process.exitValue());
        }
    }

    private void search(Source source, String place, InputStream text) throws IOException {
        Needles.Result result = needles.in(text);
        Count count = counts.get(source);
        count.files++;
        count.bytes += result.bytes();
        for (Needles.Hit hit : result.hits()) {
            if (hit.secret().startsWith("what was planted")) {
                if (hit.secret().equals(planted(source))) {
                    plantFound.add(source);
                }
            } else if (!expected(source, place, hit.secret())) {
                count.hits++;
                leaks.add("%s: %s: %s, %s".formatted(source.title(), place, hit.secret(), hit.form()));
            }
        }
    }

    private static boolean expected(Source source, String place, String secret) {
        return source == Source.MACHINE_ENVIRONMENT && IN_ENVIRONMENT.contains(secret)
                // By nature of cloud-init: docs/security.md.
                || (source == Source.USER_DATA || source == Source.MACHINE_FILES && place.matches(".*/raw\\d+"))
                && secret.matches(".*(-host-key|/etc/ssh/ssh_host_.*)");
    }

    // What is said

    private boolean report() throws IOException {
        boolean clean = leaks.isEmpty();
        var table = new StringBuilder("| %-48s | %7s | %12s | %7s | %4s | %-7s |%n".formatted(
                "source", "files", "bytes", "secrets", "hits", "planted"));
        table.append("|---|--:|--:|--:|--:|---|\n");
        for (var entry : counts.entrySet()) {
            boolean found = plantFound.contains(entry.getKey());
            clean &= found;
            table.append("| %-48s | %7d | %12d | %7d | %4d | %-7s |%n".formatted(entry.getKey().title(), entry.getValue().files,
                    entry.getValue().bytes, secrets.size(), entry.getValue().hits, found ? "found" : "MISSING"));
        }
        Files.writeString(work.resolve("table.md"), table);
        System.out.print(table);
        leaks.stream().limit(60).forEach(leak -> System.out.println("secrets-scan: found: " + leak));
        if (leaks.size() > 60) {
            say("%d more places", leaks.size() - 60);
        }
        return clean;
    }

    private static void say(String format, Object... values) {
        System.out.println("secrets-scan: " + format.formatted(values));
    }

    // Commands

    private Map<String, Path> hosts() throws IOException, InterruptedException {
        Said lines = must(command(null, "", "bash", "-c", "source sandbox/lib/common.sh && source sandbox/lib/vm.sh && "
                + "for id in $(vm_ids); do echo \"$(vm_value \"$id\" name) $(vm_init \"$id\")\"; done"));
        return lines.text.lines().map(line -> line.split(" "))
                .collect(Collectors.toMap(words -> words[0], words -> Path.of("/proc", words[1], "root"),
                        (a, b) -> a, TreeMap::new));
    }

    private Path pulumiLogs() throws IOException, InterruptedException {
        return Path.of(must(command(null, "", sandbox("printenv", "PULUMI_HOME").toArray(String[]::new))).text.strip(), "logs");
    }

    private static String[] pulumi(String... arguments) {
        return Stream.of(Stream.of("./sandbox/run", "pulumi"), Stream.of(arguments),
                        Stream.of("--stack", "dev", "--non-interactive"))
                .flatMap(part -> part).toArray(String[]::new);
    }

    private static List<String> sandbox(String... command) {
        return Stream.concat(Stream.of("./sandbox/run"), Stream.of(command)).toList();
    }

    private static List<String> on(String host) {
        return List.of("./sandbox/console", host, "bash", "-s");
    }

    /** Runs a script on a host with a text on its standard input. */
    private Said on(String host, String script, String input) throws IOException, InterruptedException {
        return command(null, input, "./sandbox/console", host, "sh", "-c", script);
    }

    /** Runs a command; what it says is kept as evidence of a source, or not at all. */
    private Said command(Source source, String input, String... command) throws IOException, InterruptedException {
        if (source != null) {
            say("%s", String.join(" ", command).replaceAll("planted\\S+", "..."));
        }
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PGHA_SANDBOX", SANDBOX);
        builder.environment().put("TMPDIR", temporary.toString());
        Process process = builder.start();
        try (var stdin = process.outputWriter()) {
            stdin.write(input);
        } catch (IOException e) {
            // It ended without reading.
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        Said result = new Said(source, String.join(" ", command), process.exitValue(), text);
        if (source != null) {
            said.add(result);
        }
        return result;
    }

    /** Of what went wrong only the end is shown: an output may have anything in it. */
    private static Said must(Said done) {
        if (done.exit != 0) {
            String text = done.text.substring(Math.max(0, done.text.length() - 2000));
            throw new IllegalStateException(done.command + " ended with " + done.exit
                    + (done.source == null ? "" : "; it said last: " + text));
        }
        return done;
    }

    private static void remove(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
