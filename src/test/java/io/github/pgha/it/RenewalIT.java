package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/**
 * Passwords, certificates and the authority are renewed by {@code pulumi up} while an application logs in all the time, to a
 * database whose owner is hostile. Each test goes on where the one before it ended.
 */
@Order(30)
@ExtendWith(Lab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RenewalIT {
    private static final String VIP = "192.168.125.250";
    /**
     * While its password changes the application can't log in: from when the database has the new one to the end of the `up`,
     * whose outputs it reads it from. Some 15 s; this is for a machine that does much else.
     */
    private static final Duration CHANGE = Duration.ofSeconds(60);
    /** One login that was tried again. */
    private static final Duration NEXT_TRY = Duration.ofSeconds(6);
    /** Shell: who shows what, from where one may ask. */
    private static final String SHOWN = """
            show() {
              echo "$1 $(timeout 10 openssl s_client -connect "$@" </dev/null 2>/dev/null |
                openssl x509 -noout -serial -startdate -enddate -issuer -dateopt iso_8601 | tr ' \\n' '_ ')"
            }
            """;

    private Path directory;
    private Application application;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException, InterruptedException {
        directory = folder;
        application = new Application(Files.createDirectory(folder.resolve("application")));
        application.logsIn();
        HostileOwner.settleIn();
    }

    @AfterEach
    void theDatabasesOwnerGotNothing() {
        HostileOwner.gotNothing();
    }

    @AfterAll
    void end() throws IOException, InterruptedException {
        application.close();
        HostileOwner.leave();
    }

    // Passwords

    @Test
    @Order(1)
    void passwordsAreMadeAnewWhileTheApplicationLogsIn() throws IOException, InterruptedException {
        Map<String, String> former = passwords();
        String timeline = leader();
        Instant begun = Instant.now();
        up("rotation: 2").ok();
        application.logsIn();
        assertThat(application.connected()).isTrue();
        assertThat(leader()).isEqualTo(timeline);
        assertThat(passwords().values()).hasSameSizeAs(former.values()).doesNotContainAnyElementsOf(former.values());
        refused(former);
        let(passwords());
        assertThat(Lab.on("course-etcd1", "pgha-etcdctl", "user", "list").ok().out().lines())
                .contains("fence-2", "patroni-2").doesNotContain("fence-1", "patroni-1");
        assertThat(application.longestGap(begun)).as(application.last()).isLessThan(CHANGE);
    }

    @Test
    @Order(2)
    void aRotationThatDiedHalfWayIsEndedByTheNextUp() throws IOException, InterruptedException {
        Map<String, String> former = passwords();
        Instant begun = Instant.now();
        Path out = directory.resolve("killed.out");
        Process up = Run.start(Lab.ENVIRONMENT, Stream.concat(Stream.of("./sandbox/run", "pulumi"),
                Stream.of(command("up", "--yes", "--skip-preview", settings("rotation: 3")))).toList(),
                out, directory.resolve("killed.err"));
        // One member of PostgreSQL has the new passwords, the others don't yet, or are about to.
        Instant limit = Instant.now().plus(Lab.LONG);
        while (!Files.readString(out).matches("(?s).*course-pg\\d-patroni-secrets updated.*")) {
            assertThat(up.isAlive()).as("up ended by itself: %s", Files.readString(out)).isTrue();
            assertThat(Instant.now()).as(Files.readString(out)).isBefore(limit);
            Thread.sleep(50);
        }
        Run.kill(up);
        // It serves on, with the old passwords or the new ones.
        application.logsIn();
        up("rotation: 3").ok();
        application.logsIn();
        assertThat(passwords().values()).hasSameSizeAs(former.values()).doesNotContainAnyElementsOf(former.values());
        refused(former);
        let(passwords());
        nothingToDo("rotation: 3").ok();
        assertThat(application.longestGap(begun)).as(application.last()).isLessThan(CHANGE);
    }

    /** Password by resource name, without what a later rotation adds to it. */
    private static Map<String, String> passwords() {
        var found = new TreeMap<String, String>();
        stashes().forEach((name, value) -> {
            if (name.contains("-password")) {
                found.put(name.replaceFirst("-\\d+$", ""), value);
            }
        });
        assertThat(found.keySet()).contains("pgha-patroni-app-password", "pgha-patroni-replication-password",
                "pgha-patroni-rewind-password", "pgha-patroni-rest-password", "pgha-etcd-root-password",
                "pgha-etcd-user-password", "pgha-balancer-statistics-password");
        return found;
    }

    private static void refused(Map<String, String> passwords) {
        assertThat(logins(passwords)).isEqualTo("app no\nreplication no\nrewind no\nrest 401\nroot no\nstatistics 401\n");
    }

    private static void let(Map<String, String> passwords) {
        assertThat(logins(passwords)).isEqualTo("app yes\nreplication yes\nrewind yes\nrest 400\nroot yes\nstatistics 200\n");
    }

    /** Who gets in with these. They go to the host on standard input, into a file of root's that lives as long as this. */
    private static String logins(Map<String, String> passwords) {
        String script = """
                umask 077
                dir=$(mktemp -d -p /run); trap 'rm -rf "$dir"' EXIT
                cat >"$dir/given"
                of() { sed -n "s/^$1 //p" "$dir/given"; }
                tls=/etc/patroni/tls
                export PGPASSFILE=$dir/pgpass PGSSLMODE=verify-full PGSSLROOTCERT=$tls/ca.pem PGCONNECT_TIMEOUT=5
                login() { # WHAT RESOURCE CONNECTION [SQL]
                  printf '*:*:*:*:%s\\n' "$(of "$2")" >"$dir/pgpass"
                  if said=$(psql -XAtqc "${4:-SELECT 1}" "$3" 2>&1); then echo "$1 yes"; else
                    case $said in *"password authentication failed"*) echo "$1 no" ;; *) echo "$1 $said" ;; esac; fi
                }
                members=host=192.168.124.248,192.168.124.237,192.168.124.249
                login app pgha-patroni-app-password 'host=192.168.125.250 port=5000 user=app dbname=app'
                login replication pgha-patroni-replication-password "$members user=replicator dbname=postgres replication=true" \\
                  IDENTIFY_SYSTEM
                login rewind pgha-patroni-rewind-password "$members user=rewinder dbname=postgres"
                code() { curl -sS --max-time 5 --cacert $tls/ca.pem -K - -o /dev/null -w "$1 %{http_code}\\n" "${@:2}"; }
                printf 'user = "patroni:%s"\\n' "$(of pgha-patroni-rest-password)" |
                  code rest --cert $tls/rest-client.pem --key $tls/rest-client.key -X PATCH -d '{}' \\
                  https://192.168.124.237:8008/config
                printf '{"name": "root", "password": "%s"}' "$(of pgha-etcd-root-password)" >"$dir/root"
                if curl -sS --max-time 5 --cacert $tls/ca.pem --cert $tls/etcd-client.pem --key $tls/etcd-client.key \\
                  -d @"$dir/root" https://192.168.125.13:2379/v3/auth/authenticate | grep -q '"token"'
                then echo root yes; else echo root no; fi
                printf 'user = "pgha:%s"\\n' "$(of pgha-balancer-statistics-password)" |
                  code statistics https://192.168.125.250:7000/
                """;
        var given = new StringBuilder();
        passwords.forEach((name, password) -> given.append(name).append(' ').append(password).append('\n'));
        return Run.of(Duration.ofMinutes(3), Lab.ENVIRONMENT,
                List.of("./sandbox/console", "course-pg2", "bash", "-c", script), given.toString()).ok().out();
    }

    // The authority

    @Test
    @Tag("long")
    @Order(3)
    void anAuthorityIsReplacedThroughATimeOfTrustInBoth() throws IOException, InterruptedException {
        String first = Lab.outputs().get("caCertificate").getAsString().strip();
        Instant begun = Instant.now();
        String timeline = leader();

        up("rotation: 3", "caTrust: [1, 2]", "caSign: 1").ok();
        String both = Lab.outputs().get("caCertificate").getAsString().strip();
        assertThat(both).startsWith(first).hasSizeGreaterThan(first.length() * 3 / 2);
        assertThat(shown().values()).isNotEmpty().allMatch(certificate -> certificate.contains("CA_1"));
        // Clients learn of the new one.
        Files.writeString(application.authorities(), both + "\n");

        up("rotation: 3", "caTrust: [1, 2]", "caSign: 2").ok();
        assertThat(shown().values()).isNotEmpty().allMatch(certificate -> certificate.contains("CA_2"));

        up("rotation: 3", "caTrust: [2]", "caSign: 2").ok();
        String second = Lab.outputs().get("caCertificate").getAsString().strip();
        assertThat(both).endsWith(second);
        Files.writeString(application.authorities(), second + "\n");
        application.logsIn();

        assertThat(application.connected()).isTrue();
        assertThat(leader()).isEqualTo(timeline);
        // Nobody who only knows the former one is satisfied any more.
        Path former = Files.writeString(directory.resolve("former.pem"), first + "\n");
        for (String at : List.of(VIP + ":5000 -starttls postgres", VIP + ":7000", "192.168.124.237:8008")) {
            String hello = "timeout 10 openssl s_client -verify_return_error -connect " + at + " -CAfile %s </dev/null 2>&1";
            assertThat(Lab.run("bash", "-c", hello.formatted(former)).failed().said()).contains("verify error");
            assertThat(Lab.run("bash", "-c", hello.formatted(application.authorities())).ok().said())
                    .contains("Verify return code: 0 (ok)");
        }
        assertThat(application.longestGap(begun)).as(application.last()).isLessThan(NEXT_TRY);
    }

    // Certificates

    @Test
    @Tag("long")
    @Order(4)
    void certificatesAreRenewedWhenLessThanAThirdIsLeft() throws Exception {
        // The clock can't be set, but an authority of one's own can be old: the stack's own one, of an earlier day.
        // Certificates of three days change every two days since its start, the next time quite soon.
        Instant change = Instant.now().plusSeconds(90).truncatedTo(ChronoUnit.SECONDS);
        Instant start = change.minus(Duration.ofDays(2)).minus(Duration.ofHours(1));
        String authority = stashes().entrySet().stream().filter(kept -> kept.getKey().matches("pgha-ca-\\d+"))
                .map(Map.Entry::getValue).findFirst().orElseThrow();
        String old = dated(authority, start);
        // JSON's strings are YAML's too.
        String[] settings = {"rotation: 3", "certificateDays: 3", "caCertificate: " + new JsonPrimitive(old),
            encrypted("caPrivateKey", authority)};
        Files.writeString(application.authorities(), old);
        Instant begun = Instant.now();
        String timeline = leader();

        up(settings).ok();
        Map<String, String> before = shown();
        String until = "notAfter=" + change.plus(Duration.ofDays(1)).toString().replace('T', '_');
        assertThat(before.values()).as("certificates that are valid until %s", until).hasSizeGreaterThan(10)
                .allMatch(certificate -> certificate.contains(until));
        String processes = processes();

        while (Instant.now().isBefore(change)) {
            Thread.sleep(200);
        }
        up(settings).ok();
        Map<String, String> after = shown();
        String from = "notBefore=" + change.minus(Duration.ofHours(1)).toString().replace('T', '_');
        assertThat(after.keySet()).isEqualTo(before.keySet());
        assertThat(after.values()).as("certificates that are valid from %s", from)
                .allMatch(certificate -> certificate.contains(from)).doesNotContainAnyElementsOf(before.values());
        // By reloads: nobody is disconnected, nothing is started again.
        assertThat(processes()).isEqualTo(processes);
        assertThat(leader()).isEqualTo(timeline);
        assertThat(application.connected()).isTrue();
        application.logsIn();
        nothingToDo(settings).ok();
        assertThat(application.longestGap(begun)).as(application.last()).isLessThan(NEXT_TRY);
    }

    /** What each service shows: serial number, validity and issuer by address. */
    private static Map<String, String> shown() {
        String members = "for host in 192.168.124.248 192.168.124.237 192.168.124.249; do "
                + "show $host:5432 -starttls postgres; show $host:8008; done; ";
        String outside = SHOWN + members + "show " + VIP + ":5000 -starttls postgres; show " + VIP + ":7000";
        String etcd = SHOWN + "for host in 192.168.125.13 192.168.125.79 192.168.125.80; do "
                + "show $host:2379; show $host:2380; done";
        var found = new TreeMap<String, String>();
        Stream.of(Lab.run("bash", "-c", outside), Lab.on("course-etcd2", "bash", "-c", etcd))
                .flatMap(run -> run.ok().out().lines()).map(line -> line.split(" ", 2))
                .forEach(words -> found.put(words[0], words[1]));
        assertThat(found).hasSize(14).allSatisfy((at, certificate) -> assertThat(certificate).as(at).contains("serial="));
        return found;
    }

    /** What runs since when: main processes, which a reload leaves alone. */
    private static String processes() {
        var text = new StringBuilder();
        for (String host : Lab.HOSTS) {
            text.append(host).append('\n').append(Lab.on(host, "sh", "-c", "systemctl show -p MainPID,ActiveEnterTimestamp "
                    + "etcd patroni haproxy keepalived; head -1 /var/lib/postgresql/17/pgha/postmaster.pid 2>/dev/null || true")
                    .ok().out());
        }
        return text.toString();
    }

    /** Who leads, and on which timeline: a failover changes either. */
    private static String leader() {
        return Lab.on("course-pg2", "sh", "-c", "patronictl list -f json | python3 -c 'import json, sys\n"
                + "print([(m[\"Member\"], m[\"TL\"]) for m in json.load(sys.stdin) if m[\"Role\"] == \"Leader\"])'").ok().out();
    }

    /** The same authority with another start. Name, key and serial number stay, so what the other one signed is good too. */
    private static String dated(String authority, Instant start) throws Exception {
        X509CertificateHolder present = null;
        PrivateKeyInfo key = null;
        try (var pem = new PEMParser(new java.io.StringReader(authority))) {
            for (Object object = pem.readObject(); object != null; object = pem.readObject()) {
                if (object instanceof X509CertificateHolder certificate) {
                    present = certificate;
                } else if (object instanceof PrivateKeyInfo info) {
                    key = info;
                }
            }
        }
        var builder = new X509v3CertificateBuilder(present.getIssuer(), present.getSerialNumber(), Date.from(start),
                present.getNotAfter(), present.getSubject(), present.getSubjectPublicKeyInfo());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
        builder.addExtension(present.getExtension(Extension.keyUsage));
        builder.addExtension(present.getExtension(Extension.subjectKeyIdentifier));
        var signed = builder.build(new JcaContentSignerBuilder("SHA256withECDSA")
                .build(new JcaPEMKeyConverter().getPrivateKey(key)));
        var text = new java.io.StringWriter();
        try (var pem = new PemWriter(text)) {
            pem.writeObject(new PemObject("CERTIFICATE", signed.getEncoded()));
        }
        return text.toString();
    }

    // Ups

    /** An `up` with the stack's settings and some more, such as {@code rotation: 2}. */
    private Run up(String... settings) throws IOException {
        return Lab.pulumi(command("up", "--yes", "--skip-preview", settings(settings)));
    }

    private Run nothingToDo(String... settings) throws IOException {
        return Lab.pulumi(command("preview", "--expect-no-changes", settings(settings)));
    }

    private static String[] command(String... arguments) {
        return Stream.concat(Stream.of(arguments), Stream.of("--stack", "dev", "--non-interactive")).toArray(String[]::new);
    }

    /** The option that names a file of our own with the settings: one of them may be a secret. */
    private String settings(String... more) throws IOException {
        var text = new StringBuilder(Files.readString(StackFile.PATH));
        for (String setting : more) {
            text.append("  pgha-lab:").append(setting).append('\n');
        }
        Lab.run("sh", "-c", "grep '^encryptionsalt:' \"$PGHA_STACK_CONFIG\"").ok().out().lines()
                .forEach(line -> text.append(line).append('\n'));
        Path file = directory.resolve("Pulumi.dev.yaml");
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(file, text);
        return "--config-file=" + file;
    }

    /** A setting whose value Pulumi has encrypted: in plain text the program refuses it. */
    private String encrypted(String key, String value) throws IOException {
        Run.of(Lab.LONG, Lab.ENVIRONMENT, List.of("./sandbox/run", "pulumi", "config", "set", "--secret", "pgha-lab:" + key,
                "--stack", "dev", settings()), value).ok();
        Map<String, Map<String, Object>> written = new Yaml().load(Files.readString(directory.resolve("Pulumi.dev.yaml")));
        var secret = (Map<?, ?>) written.get("config").get("pgha-lab:" + key);
        return key + ": {secure: " + new JsonPrimitive((String) secret.get("secure")) + "}";
    }

    /** What the state keeps of generated secrets, by resource name. */
    private static Map<String, String> stashes() {
        var found = new TreeMap<String, String>();
        JsonParser.parseString(Lab.pulumi("stack", "export", "--show-secrets", "--stack", "dev").ok().out()).getAsJsonObject()
                .getAsJsonObject("deployment").getAsJsonArray("resources").forEach(element -> {
                    JsonObject resource = element.getAsJsonObject();
                    if (resource.get("type").getAsString().equals("pulumi:index:Stash")
                            && resource.getAsJsonObject("outputs").get("output").isJsonObject()) {
                        String urn = resource.get("urn").getAsString();
                        String plain = resource.getAsJsonObject("outputs").getAsJsonObject("output")
                                .get("plaintext").getAsString();
                        found.put(urn.substring(urn.lastIndexOf("::") + 2), JsonParser.parseString(plain).getAsString());
                    }
                });
        return found;
    }
}
