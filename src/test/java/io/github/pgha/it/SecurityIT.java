package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.it.Shell.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a running cluster of the stack {@code dev}: each test tries what is forbidden and what is allowed. */
@Order(10)
@ExtendWith(Lab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecurityIT {
    private static final List<String> BALANCERS = List.of("course-etcd1", "course-etcd2");
    private static final String ETCD_ADDRESS = "192.168.125.13";
    private static final String PG_ADDRESS = "192.168.124.248";
    /** Shell: {@code get KEY} prints a password from the member's own file. */
    private static final String FROM_SECRETS = """
            get() { python3 -c 'import functools, sys, yaml
            print(functools.reduce(dict.__getitem__, sys.argv[1].split("."),
                yaml.safe_load(open("/etc/patroni/config.d/20-secrets.yml"))))' "$1"; }
            tls=/etc/patroni/tls
            """;

    private static final Map<String, String> AUTHORITY =
            Map.of("course-pg2", "/etc/patroni/tls/ca.pem", "course-etcd2", "/etc/etcd/pgha/ca.pem");

    private final Shell lab = new Shell();
    private Path directory;
    private Path ca;
    private Path foreignCa;

    static List<String> postgresHosts() {
        return Lab.POSTGRES;
    }

    static List<String> allHosts() {
        return Lab.HOSTS;
    }

    @BeforeAll
    void certificates(@TempDir Path folder) throws IOException {
        directory = folder;
        ca = Files.writeString(directory.resolve("ca.pem"), lab.output("caCertificate") + "\n");
        foreignCa = directory.resolve("foreign.pem");
        Answer made = lab.client("cd " + directory + " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
                + " -nodes -days 2 -subj '/CN=foreign' -keyout foreign.key -out foreign.pem 2>&1");
        assertThat(made.ok()).as(made.text()).isTrue();
    }

    private Answer psql(String options, String sql) {
        return lab.client("psql -XAtqc \"%s\" \"$(pulumi stack output primaryUri --show-secrets --stack dev)%s\" 2>&1"
                .formatted(sql, options));
    }

    private String verified() {
        return "&sslrootcert=" + ca;
    }

    // 1
    @Test
    void passwordsComeOverTlsOnly() {
        assertThat(psql(verified(), "SELECT 1").text()).isEqualTo("1\n");
        Answer plain = psql(verified() + "&sslmode=disable", "SELECT 1");
        assertThat(plain.ok()).isFalse();
        assertThat(plain.text()).contains("no encryption");
    }

    @ParameterizedTest
    @ValueSource(strings = {"primaryUri", "replicaUri"})
    void theServerIsVerifiedByANameOfTheStack(String uri) {
        assertThat(byName(uri, "db.pgha.test").text()).isEqualTo("1\n");
        assertThat(byName(uri, "other.pgha.test").text()).contains("does not match host name \"other.pgha.test\"");
    }

    private Answer byName(String uri, String name) {
        return lab.client("psql -XAtqc 'SELECT 1' \"$(pulumi stack output %s --show-secrets --stack dev)%s&host=%s&hostaddr=%s\" "
                .formatted(uri, verified(), name, "192.168.125.250") + "2>&1");
    }

    @Test
    void clientWithAnotherAuthorityRefusesTheServer() {
        Answer answer = psql("&sslrootcert=" + foreignCa, "SELECT 1");
        assertThat(answer.ok()).isFalse();
        assertThat(answer.text()).contains("certificate verify failed");
    }

    @ParameterizedTest
    @MethodSource("postgresHosts")
    void everyRuleForTheNetworkIsHostsslWithScramOrRejects(String host) {
        String rules = lab.must(host, "runuser -u postgres -- psql -XAtqc \"SELECT type, auth_method, error FROM "
                + "pg_hba_file_rules WHERE type <> 'local'\"");
        assertThat(rules.lines()).hasSizeGreaterThan(6)
                .allMatch(rule -> rule.equals("hostssl|scram-sha-256|") || rule.endsWith("|reject|"));
        assertThat(lab.must(host, "runuser -u postgres -- psql -XAtqc \"SELECT count(*) FROM pg_authid WHERE rolcanlogin "
                + "AND rolpassword IS NOT NULL AND rolpassword NOT LIKE 'SCRAM-SHA-256\\$%'\"")).isEqualTo("0");
    }

    // 2
    @ParameterizedTest
    @MethodSource("postgresHosts")
    void superuserComesByTheLocalSocketAsItself(String host) {
        assertThat(lab.must(host, "runuser -u postgres -- psql -XAtqc 'SELECT current_user'")).isEqualTo("postgres");
        Answer other = lab.on(host, "runuser -u nobody -- psql -XAtqc 'SELECT 1' -U postgres -d postgres");
        assertThat(other.ok()).isFalse();
        assertThat(other.text()).contains("Peer authentication failed");
        Answer replicator = lab.on(host, "runuser -u nobody -- psql -XAtqc 'SELECT 1' 'user=replicator replication=true'");
        assertThat(replicator.ok()).isFalse();
        assertThat(replicator.text()).contains("Peer authentication failed");
    }

    // 3
    @ParameterizedTest
    @CsvSource({
        "course-pg2, 192.168.125.250:5000, -starttls postgres",
        "course-pg2, 192.168.124.248:5432, -starttls postgres",
        "course-pg2, 192.168.124.248:8008, ''",
        "course-pg2, 192.168.125.250:7000, ''",
        "course-pg2, 192.168.125.13:2379, ''",
        "course-etcd2, 192.168.125.13:2380, ''",
    })
    void olderThanTls12IsRefused(String from, String at, String options) {
        // The client is willing: it gives up its own minimum.
        String hello = "timeout 10 openssl s_client -connect %s %s -CAfile %s -cipher 'ALL:@SECLEVEL=0' </dev/null 2>&1 %s";
        Answer old = lab.on(from, hello.formatted(at, options, AUTHORITY.get(from), "-tls1_1"));
        assertThat(old.text()).containsAnyOf("alert protocol version", "wrong version number")
                .doesNotContain("Protocol  : TLSv1.1\n    Cipher    : ECDHE");
        Answer present = lab.on(from, hello.formatted(at, options, AUTHORITY.get(from), "-tls1_2"));
        assertThat(present.text()).contains("Verify return code: 0 (ok)").containsPattern("Cipher is ECDHE-ECDSA");
    }

    // 4
    @Test
    void noSuperuserOverTheNetwork() {
        Answer answer = psql(verified() + "&user=postgres&dbname=postgres", "SELECT 1");
        assertThat(answer.ok()).isFalse();
        assertThat(answer.text()).contains("pg_hba.conf rejects connection").contains("user \"postgres\"");
        assertThat(psql(verified(), "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls "
                + "FROM pg_roles WHERE rolname = current_user").text()).isEqualTo("f|f|f|f|f\n");
        assertThat(lab.must("course-pg1", "runuser -u postgres -- psql -XAtqc "
                + "\"SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolsuper\"")).isEqualTo("postgres");
    }

    // 5
    @ParameterizedTest
    @MethodSource("postgresHosts")
    void dataIsForItsOwnerOnly(String host) {
        String data = "/var/lib/postgresql/17/pgha";
        assertThat(lab.must(host, "stat -c '%a %U' " + data)).isEqualTo("700 postgres");
        assertThat(lab.must(host, "find " + data + " -perm /077 | head -3")).isEmpty();
        assertThat(lab.must(host, "grep Umask /proc/$(head -1 " + data + "/postmaster.pid)/status")).endsWith("0077");
        assertThat(lab.on(host, "runuser -u nobody -- ls " + data).ok()).isFalse();
    }

    // 6
    @ParameterizedTest
    @MethodSource("postgresHosts")
    void checksumsAreOn(String host) {
        assertThat(lab.must(host, "runuser -u postgres -- psql -XAtqc 'SHOW data_checksums'")).isEqualTo("on");
    }

    // 7
    @Test
    void loginsAreLogged() {
        String marker = "securityit" + System.nanoTime();
        assertThat(psql(verified() + "&application_name=" + marker, "SELECT 1").text()).isEqualTo("1\n");
        assertThat(psql(verified() + "&application_name=" + marker + "&user=postgres&dbname=postgres", "SELECT 1").ok())
                .isFalse();
        var logs = new StringBuilder();
        Lab.POSTGRES.forEach(host -> logs.append(lab.must(host, "journalctl -q -o cat -u patroni --since -5min | "
                + "grep -E 'connection authorized: user=app|pg_hba.conf rejects connection' || true")).append('\n'));
        assertThat(logs).contains("application_name=" + marker).contains("SSL enabled (protocol=TLSv1.3")
                .contains("pg_hba.conf rejects connection for host").contains("user \"postgres\"");
        assertThat(lab.must("course-pg1", "runuser -u postgres -- psql -XAtqc 'SHOW log_replication_commands'"))
                .isEqualTo("on");
    }

    // 8
    @Test
    void replicationAndRewindHaveRolesOfTheirOwnWithLeastRights() {
        assertThat(lab.must("course-pg1", "runuser -u postgres -- psql -XAtqc \"SELECT rolname, rolsuper, rolreplication, "
                + "rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname IN ('replicator', 'rewinder') ORDER BY 1\""))
                .isEqualTo("replicator|f|t|f|f\nrewinder|f|f|f|f");
        String login = FROM_SECRETS + """
                login() { # KIND CONNECTION SQL
                  umask 077; file=$(mktemp -p /run); trap 'rm -f "$file"' EXIT
                  printf '*:*:*:*:%%s\\n' "$(get "postgresql.authentication.$1.password")" >"$file"
                  PGPASSFILE=$file psql -XAtqc "$3" "host=%s sslmode=verify-full sslrootcert=$tls/ca.pem $2" 2>&1
                }
                """.formatted(PG_ADDRESS);
        assertThat(lab.must("course-pg2", login
                + "login replication 'user=replicator dbname=postgres replication=true' IDENTIFY_SYSTEM")).isNotEmpty();
        Answer elsewhere = lab.on("course-pg2", login + "login replication 'user=replicator dbname=app' 'SELECT 1'");
        assertThat(elsewhere.ok()).isFalse();
        assertThat(elsewhere.text()).contains("pg_hba.conf rejects connection");
        assertThat(lab.must("course-pg2", login
                + "login rewind 'user=rewinder dbname=postgres' \"SELECT length(pg_read_binary_file('PG_VERSION'))\""))
                .isEqualTo("3");
        Answer denied = lab.on("course-pg2", login
                + "login rewind 'user=rewinder dbname=postgres' 'SELECT rolpassword FROM pg_authid'");
        assertThat(denied.ok()).isFalse();
        assertThat(denied.text()).contains("permission denied for table pg_authid");
        // Not from where no member is, even with the right password.
        Answer stranger = psql(verified() + "&user=replicator&dbname=postgres", "SELECT 1");
        assertThat(stranger.ok()).isFalse();
        assertThat(stranger.text()).contains("pg_hba.conf rejects connection");
    }

    // 9
    @ParameterizedTest
    @MethodSource("allHosts")
    void noSecretInArgumentListsEnvironmentsOrProfiles(String host) throws IOException {
        List<String> secrets = generatedPasswords();
        assertThat(secrets).hasSizeGreaterThanOrEqualTo(7);
        // Not by console, whose own argument list would hold them.
        String patterns = String.join("\n", secrets) + "\nPGPASSWORD=\n";
        String scan = "grep -lFf /run/pgha-scan /proc/[0-9]*/cmdline /proc/[0-9]*/environ /etc/environment /etc/profile "
                + "/etc/profile.d/* /root/.[a-z]* 2>/dev/null; rm -f /run/pgha-scan";
        put(host, "/run/pgha-scan", patterns);
        assertThat(lab.on(host, scan).text()).isEmpty();
        // The scan finds what is there.
        put(host, "/run/pgha-scan", patterns);
        assertThat(lab.on(host, "PGPASSWORD=planted sleep 30 & pid=$!; sleep 0.2; " + scan + "; kill $pid").text())
                .containsPattern("/proc/[0-9]+/environ");
    }

    private void put(String host, String path, String text) throws IOException {
        Path file = Files.writeString(directory.resolve("put"), text);
        Answer answer = lab.client("umask 077; exec 3<" + file + "; ./sandbox/console " + host
                + " sh -c 'umask 077; cat >" + path + "' <&3");
        assertThat(answer.ok()).as(answer.text()).isTrue();
    }

    private List<String> generatedPasswords() {
        Answer answer = lab.client("pulumi stack export --show-secrets --stack dev | python3 -c '"
                + "import json, sys\n"
                + "for r in json.load(sys.stdin)[\"deployment\"][\"resources\"]:\n"
                + "    if r[\"type\"] == \"pulumi:index:Stash\" and r[\"urn\"].split(\"::\")[-1].count(\"password\"):\n"
                + "        print(json.loads(r[\"outputs\"][\"output\"][\"plaintext\"]))'");
        assertThat(answer.ok()).as(answer.text()).isTrue();
        return answer.text().lines().toList();
    }

    // 10, 11
    @Test
    void patronisUnsafeVerbsWantCertificateAndPassword() {
        String ask = FROM_SECRETS + """
                ask() { curl -sS --max-time 5 --cacert $tls/ca.pem -o /dev/null -w '%%{http_code}' "$@" https://%s:8008/$path; }
                certificate="--cert $tls/rest-client.pem --key $tls/rest-client.key"
                login() { printf 'user = "%%s:%%s"\\n' patroni "$(get restapi.authentication.password)"; }
                path=config
                """.formatted(PG_ADDRESS);
        // An empty change is refused as such, which comes after the question who asks.
        assertThat(lab.must("course-pg2", ask + "login | ask $certificate -K - -X PATCH -d {}")).isEqualTo("400");
        assertThat(lab.must("course-pg2", ask + "ask $certificate -X PATCH -d {}")).isEqualTo("401");
        assertThat(lab.must("course-pg2", ask + "ask $certificate -u patroni:wrong -X PATCH -d {}")).isEqualTo("401");
        assertThat(lab.must("course-pg2", ask + "login | ask -K - -X PATCH -d {}")).isEqualTo("403");
        for (String verb : List.of("restart", "reload", "reinitialize", "switchover", "failover")) {
            assertThat(lab.must("course-pg2", ask + "path=" + verb + "; login | ask -K - -X POST -d {}")).isEqualTo("403");
            assertThat(lab.must("course-pg2", ask + "path=" + verb + "; ask $certificate -X POST -d {}")).isEqualTo("401");
        }
        assertThat(lab.must("course-pg2", ask + "path=health; ask")).isEqualTo("200");
        assertThat(lab.on("course-pg2", "curl -sS --max-time 5 http://" + PG_ADDRESS + ":8008/health").ok()).isFalse();
        assertThat(lab.must("course-pg2", "patronictl list")).contains("Leader");
    }

    // 12
    @ParameterizedTest
    @CsvSource({"2379, client", "2380, peer"})
    void etcdWantsACertificateOfItsAuthority(int port, String pair) throws IOException {
        String at = ETCD_ADDRESS + ":" + port + "/version";
        String tls = "/etc/etcd/pgha/";
        lab.must("course-etcd2", "mkdir -p /run/pgha-it");
        put("course-etcd2", "/run/pgha-it/foreign.pem", Files.readString(foreignCa));
        put("course-etcd2", "/run/pgha-it/foreign.key", Files.readString(directory.resolve("foreign.key")));
        String connect = "timeout 10 openssl s_client -verify_return_error -connect " + ETCD_ADDRESS + ":" + port
                + " -CAfile %s %s 2>&1 < <(printf 'GET /version HTTP/1.0\\r\\n\\r\\n'; sleep 1)";
        assertThat(lab.on("course-etcd2", connect.formatted(tls + "ca.pem", "")).text())
                .doesNotContain("etcdserver").containsAnyOf("certificate required", "bad certificate");
        assertThat(lab.on("course-etcd2", connect.formatted(tls + "ca.pem",
                "-cert /run/pgha-it/foreign.pem -key /run/pgha-it/foreign.key")).text())
                .doesNotContain("etcdserver").containsAnyOf("unknown ca", "bad certificate", "unknown certificate");
        assertThat(lab.on("course-etcd2", connect.formatted("/run/pgha-it/foreign.pem", "")).text())
                .doesNotContain("etcdserver").contains("verify error");
        assertThat(lab.on("course-etcd2", "exec 3<>/dev/tcp/" + ETCD_ADDRESS + "/" + port
                + "; printf 'GET /version HTTP/1.0\\r\\n\\r\\n' >&3; timeout 5 cat <&3").text()).doesNotContain("etcdserver");
        lab.must("course-etcd2", "rm -r /run/pgha-it");
        String python = "python3 -c 'import ssl, sys, urllib.request\n"
                + "c = ssl.create_default_context(cafile=\"/etc/etcd/pgha/ca.pem\")\n"
                + "c.load_cert_chain(\"/etc/etcd/pgha/%s.pem\", \"/etc/etcd/pgha/%s.key\")\n".formatted(pair, pair)
                + "print(urllib.request.urlopen(\"https://" + at + "\", context=c, timeout=5).read().decode())'";
        assertThat(lab.must("course-etcd2", python)).contains("etcdserver");
    }

    @Test
    void clientsCertificateIsNoneForPeers() {
        String hello = "python3 -c 'import ssl, urllib.request\n"
                + "c = ssl.create_default_context(cafile=\"/etc/etcd/pgha/ca.pem\")\n"
                + "c.load_cert_chain(\"/etc/etcd/pgha/client.pem\", \"/etc/etcd/pgha/client.key\")\n"
                + "urllib.request.urlopen(\"https://" + ETCD_ADDRESS + ":2380/version\", context=c, timeout=5)' 2>&1";
        Answer answer = lab.on("course-etcd2", hello);
        assertThat(answer.ok()).isFalse();
        assertThat(answer.text()).containsAnyOf("alert bad certificate", "alert certificate", "SSLError", "reset by peer");
    }

    // 13
    @Test
    void patronisUserOfEtcdStaysInItsPrefix() {
        String etcd = FROM_SECRETS + """
                curl_etcd() { curl -sS --max-time 5 --cacert $tls/ca.pem --cert $tls/etcd-client.pem --key $tls/etcd-client.key \\
                  "$@"; }
                umask 077; file=$(mktemp -p /run); trap 'rm -f "$file"' EXIT
                printf '{"name": "%%s", "password": "%%s"}' "$(get etcd3.username)" "$(get etcd3.password)" >"$file"
                token=$(curl_etcd -d @"$file" https://%1$s:2379/v3/auth/authenticate | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
                key() { printf %%s "$1" | base64 -w 0; }
                read_key() { curl_etcd -H "Authorization: $token" \\
                  -d "{\\"key\\": \\"$(key "$1")\\"}" https://%1$s:2379/v3/kv/range; }
                write_key() { curl_etcd -H "Authorization: $token" \\
                  -d "{\\"key\\": \\"$(key "$1")\\", \\"value\\": \\"$(key x)\\"}" https://%1$s:2379/v3/kv/put; }
                """.formatted(ETCD_ADDRESS);
        assertThat(lab.must("course-pg1", etcd + "read_key /service/pgha/config")).contains("\"count\":\"1\"");
        for (String key : List.of("/service/pgha", "/service/other/leader", "/", "pgha/restart")) {
            assertThat(lab.must("course-pg1", etcd + "read_key " + key)).contains("permission denied");
            assertThat(lab.must("course-pg1", etcd + "write_key " + key)).contains("permission denied");
        }
        assertThat(lab.must("course-pg1", etcd + "curl_etcd -H \"Authorization: $token\" -d '{}' "
                + "https://" + ETCD_ADDRESS + ":2379/v3/auth/user/list")).contains("permission denied");
        assertThat(lab.must("course-pg1", etcd + "token=; read_key /service/pgha/config")).contains("user name is empty");
    }

    @Test
    void operatorsTalkToEtcdWithoutAPasswordInSight() {
        assertThat(lab.must("course-etcd2", "stat -c '%a %U' /usr/local/sbin/pgha-etcdctl")).isEqualTo("700 root");
        assertThat(lab.must("course-etcd2", "pgha-etcdctl auth status")).contains("Authentication Status: true");
        assertThat(lab.must("course-etcd2", "pgha-etcdctl endpoint health 2>&1").lines())
                .hasSize(3).allMatch(line -> line.contains("is healthy"));
        // Nor does what it starts inherit the password.
        assertThat(lab.must("course-etcd2", "pgha-etcdctl lock pgha/it -- env")).contains("ETCDCTL_USER=root")
                .doesNotContain("PASSWORD");
        // A certificate alone is nobody: its name isn't taken for a user's.
        Answer nobody = lab.on("course-etcd2", "etcdctl --endpoints https://" + ETCD_ADDRESS + ":2379 --cacert "
                + "/etc/etcd/pgha/ca.pem --cert /etc/etcd/pgha/client.pem --key /etc/etcd/pgha/client.key get --prefix / 2>&1");
        assertThat(nobody.ok()).isFalse();
        assertThat(nobody.text()).contains("permission denied");
    }

    // 15
    @Test
    void haproxyIsConfinedAndItsStatisticsWantAPassword() {
        for (String host : BALANCERS) {
            String worker = "worker=$(pgrep -u haproxy -x haproxy | head -1); ";
            assertThat(lab.must(host, worker + "readlink /proc/$worker/root")).isEqualTo("/var/lib/haproxy");
            assertThat(lab.must(host, worker + "stat -c %U /proc/$worker")).isEqualTo("haproxy");
            assertThat(lab.must(host, "stat -c '%a %U' /run/haproxy/admin.sock")).isEqualTo("600 root");
            assertThat(lab.on(host, "runuser -u nobody -- cat /run/haproxy/admin.sock").ok()).isFalse();
            assertThat(lab.must(host, "runuser -u keepalived_script -- /usr/local/libexec/pgha/check-haproxy")).isEmpty();
        }
        String url = lab.output("statsUrl");
        assertThat(url).startsWith("https://");
        String get = "curl -sS --max-time 5 --cacert " + ca + " -o /dev/null -w '%{http_code}' ";
        assertThat(lab.client(get + url).text()).isEqualTo("401");
        assertThat(lab.client("printf 'user = \"%s:%s\"\\n' \"$(pulumi stack output statsUser --stack dev)\" "
                + "\"$(pulumi stack output statsPassword --show-secrets --stack dev)\" | " + get + "-K - " + url).text())
                .isEqualTo("200");
        assertThat(lab.client("curl -sS --max-time 5 " + url.replace("https", "http")).ok()).isFalse();
    }

    // 16
    @ParameterizedTest
    @CsvSource({
        "'', UP",
        "s#/etc/haproxy/pgha/ca.pem#/run/pgha-it/foreign.pem#, DOWN",
        "s/verifyhost course-/verifyhost other-/, DOWN",
    })
    void checksVerifyAuthorityAndName(String change, String state) throws IOException {
        lab.must("course-etcd1", "mkdir -p /run/pgha-it");
        put("course-etcd1", "/run/pgha-it/foreign.pem", Files.readString(foreignCa));
        // A second HAProxy with the same pools at other ports, changed in one point.
        String said = lab.must("course-etcd1", """
                cd /run/pgha-it
                sed -e '/^frontend/,$d' -e 's#/run/haproxy/admin.sock#/run/pgha-it/sock#' -e 's/bind \\*:5/bind 127.0.0.1:15/' \\
                  -e '%s' /etc/haproxy/haproxy.cfg >cfg
                haproxy -f cfg -db >/dev/null 2>&1 & pid=$!
                trap 'kill $pid; wait $pid; rm -rf /run/pgha-it' EXIT
                for _ in $(seq 50); do
                  sleep 0.2
                  states=$(curl -s --unix-socket sock http://x/ 2>/dev/null; python3 -c '
                import socket
                s = socket.socket(socket.AF_UNIX); s.connect("/run/pgha-it/sock"); s.sendall(b"show stat\\n")
                text = b""
                while (part := s.recv(65536)): text += part
                for line in text.decode().splitlines():
                    f = line.split(",")
                    if f[1].startswith("course-pg"): print(f[0], f[17].split()[0])' 2>/dev/null)
                  # The three checks of both pools have an opinion: one primary, two standbys, or nobody.
                  [ "$(grep -c UP <<<"$states")" -eq %d ] && [ -n "$states" ] && ok=yes && break
                done
                echo "$states"
                """.formatted(change, state.equals("UP") ? 3 : 0));
        assertThat(said.lines().filter(line -> line.endsWith("UP")).count()).isEqualTo(state.equals("UP") ? 3 : 0);
    }

    // 21
    @Test
    void privateKeysAreForTheirServicesOnly() {
        for (String host : Lab.ETCD) {
            assertThat(lab.must(host, "stat -c '%a %U %n' /etc/etcd/pgha/*.key").lines())
                    .hasSize(3).allMatch(line -> line.startsWith("600 etcd "));
            // systemd reads them as root and hands them to the fencing service alone.
            assertThat(lab.must(host, "stat -c '%a %U' /etc/pgha-fence/{client.key,etcd-password,proxmox-token} | sort -u"))
                    .isEqualTo("600 root");
            assertThat(lab.on(host, "runuser -u nobody -- cat /run/credentials/pgha-fence.service/client.key").ok())
                    .isFalse();
            assertThat(lab.must(host, "stat -c '%a %U' /etc/etcd/pgha/*password* | sort -u")).isEqualTo("600 root");
        }
        for (String host : BALANCERS) {
            assertThat(lab.must(host, "stat -c '%a %U' /etc/haproxy/pgha/*.key /etc/haproxy/secrets.cfg | sort -u"))
                    .isEqualTo("600 root");
        }
        for (String host : Lab.POSTGRES) {
            assertThat(lab.must(host, "stat -c '%a %U %n' /etc/patroni/tls/*.key").lines())
                    .hasSize(4).allMatch(line -> line.startsWith("600 postgres "));
            assertThat(lab.must(host, "stat -c '%a %U' /etc/patroni/config.d/20-secrets.yml")).isEqualTo("600 postgres");
            assertThat(lab.on(host, "runuser -u nobody -- cat /etc/patroni/tls/postgresql.key").ok()).isFalse();
        }
        for (String host : allHosts()) {
            // No other copy lies about.
            assertThat(lab.must(host, "grep -rlE 'BEGIN (EC |RSA )?PRIVATE KEY' /etc /var/lib/pgha /run /tmp 2>/dev/null | "
                    + "grep -vE '^/etc/(etcd/pgha|patroni/tls|haproxy/pgha|pgha-fence|ssl/private)/|"
                    + "^/run/credentials/pgha-fence.service/' || true")).isEmpty();
        }
    }
}
