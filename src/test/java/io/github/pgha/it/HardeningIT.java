package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a running cluster refuses, and that what it allows works. Each test leaves the cluster as it was. */
@Order(20)
@ExtendWith(Lab.class)
class HardeningIT {
    private static final String ETCD1 = "192.168.125.13";
    private static final String ETCD2 = "192.168.125.79";
    private static final String ETCD3 = "192.168.125.80";
    private static final String PG1 = "192.168.124.248";
    private static final String VIP = "192.168.125.250";
    /** An address in no client network; hosts answer it by way of their gateway, which is where it is. */
    private static final String STRANGER = "10.99.0.1";
    /** The sandbox's gateway, which is in the client network. */
    private static final String CLIENT = "192.168.124.1";
    private static final Duration BOOT = Duration.ofMinutes(4);

    // The firewall

    @ParameterizedTest(name = "{0} reaches {1}:{2}: {3}")
    @CsvSource({
        // etcd: its members and PostgreSQL's
        "course-etcd2, " + ETCD1 + ", 2379, true",
        "course-pg1, " + ETCD1 + ", 2379, true",
        "client, " + ETCD1 + ", 2379, false",
        "stranger, " + ETCD1 + ", 2379, false",
        "course-etcd2, " + ETCD1 + ", 2380, true",
        "course-pg1, " + ETCD1 + ", 2380, false",
        "client, " + ETCD1 + ", 2380, false",
        // Patroni: PostgreSQL's members, the balancers, and all of etcd's hosts for fencing
        "course-pg2, " + PG1 + ", 8008, true",
        "course-etcd1, " + PG1 + ", 8008, true",
        "course-etcd3, " + PG1 + ", 8008, true",
        "client, " + PG1 + ", 8008, true",
        // PostgreSQL: also clients, since the stack says directClientAccess
        "course-pg2, " + PG1 + ", 5432, true",
        "course-etcd2, " + PG1 + ", 5432, true",
        "client, " + PG1 + ", 5432, true",
        "stranger, " + PG1 + ", 5432, false",
        // The balancers: clients, and PostgreSQL's members for the proof
        "client, " + VIP + ", 5000, true",
        "client, " + VIP + ", 5001, true",
        "client, " + VIP + ", 7000, true",
        "course-pg1, " + VIP + ", 5000, true",
        "stranger, " + VIP + ", 5000, false",
        "stranger, " + VIP + ", 5001, false",
        "stranger, " + VIP + ", 7000, false",
        // SSH: from everywhere, unless sshNetworks says otherwise
        "client, " + PG1 + ", 22, true",
        "stranger, " + PG1 + ", 22, true",
        "stranger, " + ETCD3 + ", 22, true",
    })
    void onlyNamedPeersReachAPort(String from, String address, int port, boolean reached) {
        assertThat(reaches(from, address, port)).isEqualTo(reached);
    }

    @Test
    void vrrpComesFromBalancersOnly() throws InterruptedException {
        // Forged by a member of PostgreSQL: advertisements of the highest priority for the cluster's router id.
        long before = refused("course-etcd1");
        Lab.on("course-pg1", "python3", "-c", """
                import socket
                s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
                s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
                for i in range(100):
                    s.sendto(bytes([0x31, 33, 255, 1, 0, 30, 0, 0, 192, 168, 125, 250]), ("%s", 0))
                """.formatted(ETCD1)).ok();
        await("forged advertisements are refused", Duration.ofSeconds(5),
                () -> refused("course-etcd1") >= before + 100);
        // Between balancers it passes: else both would hold the address.
        assertThat(List.of(holdsVip("course-etcd1"), holdsVip("course-etcd2"))).containsOnlyOnce(true);
    }

    @Test
    void rulesThatLockSshOutGoAwayByThemselves() throws InterruptedException {
        String tool = "/usr/local/libexec/pgha/firewall";
        String wanted = "/var/lib/pgha/firewall/wanted.nft";
        assertThat(root("course-etcd3", tool + " state")).isEqualTo("confirmed");
        try {
            root("course-etcd3", "cp -p " + wanted + " " + wanted + ".kept && sed -i '/set ssh_networks/,/}/"
                    + "s/elements = .*/elements = { 203.0.113.0\\/24 }/' " + wanted + " && " + tool + " try 8");
            assertThat(root("course-etcd3", tool + " state")).isEqualTo("on trial");
            assertThat(reaches("client", ETCD3, 22)).isFalse();
            // What would be confirmed by a connection that is older than the rules isn't.
            assertThat(Lab.on("course-etcd3", tool, "confirm").failed().err())
                    .isEqualTo("firewall: no SSH connection has come in since the rules were loaded\n");
            await("SSH is let in again", Duration.ofSeconds(60), () -> reaches("client", ETCD3, 22));
            assertThat(root("course-etcd3", tool + " state")).isEqualTo("refused");
        } finally {
            root("course-etcd3", "mv " + wanted + ".kept " + wanted);
        }
        assertThat(root("course-etcd3", tool + " state")).isEqualTo("confirmed");
        assertThat(reaches("client", ETCD3, 2379)).isFalse();
    }

    @Test
    void theFirewallIsThereAfterAReboot() throws InterruptedException {
        String init = "stat -c %Y /proc/1 && systemctl is-active etcd pgha-firewall";
        String before = root("course-etcd3", init);
        Lab.on("course-etcd3", "systemctl", "reboot");
        await("course-etcd3 is up again", BOOT, () -> {
            Run now = Lab.on("course-etcd3", "sh", "-c", init);
            return now.exit() == 0 && !now.out().strip().equals(before);
        });
        assertThat(root("course-etcd3", "nft list table inet pgha")).contains("policy drop", "tcp dport 2379");
        await("SSH answers", BOOT, () -> Lab.run("bash", "-c", "</dev/tcp/" + ETCD3 + "/22").exit() == 0);
        assertThat(reaches("client", ETCD3, 2379)).isFalse();
        await("etcd serves again", BOOT, () -> reaches("course-pg1", ETCD3, 2379));
        // Before any service could listen.
        assertThat(root("course-etcd3", "systemctl show -p Before pgha-firewall")).contains("network-pre.target");
    }

    @Test
    void otherPeoplesTablesStay() {
        root("course-etcd3", "nft add table inet other_people && nft -f /etc/pgha/firewall.nft");
        assertThat(root("course-etcd3", "nft list tables && nft delete table inet other_people"))
                .contains("table inet other_people", "table inet pgha");
    }

    // SSH

    /** Twenty dials take a minute. */
    @Test
    @Tag("long")
    void aWrongHostKeyFailsTheUp() {
        String key = "/etc/ssh/ssh_host_ed25519_key";
        String resource = "course-etcd3-firewall";
        String urn = Lab.run("sh", "-c", "pulumi stack --show-urns --stack dev | grep -o 'urn:.*::" + resource + "$'")
                .ok().out().strip();
        Run up;
        try {
            root("course-etcd3", "mkdir -m 700 /root/kept && cp -p " + key + " " + key + ".pub /root/kept/ && rm " + key
                    + "* && ssh-keygen -q -t ed25519 -N '' -f " + key + " && systemctl restart ssh");
            up = again(urn);
        } finally {
            root("course-etcd3", "cp -p /root/kept/* /etc/ssh/ && rm -r /root/kept && systemctl restart ssh");
        }
        assertThat(up.failed().said()).contains(resource, "after 20 failed attempts", "ssh: host key mismatch");
        again(urn).ok();
    }

    /** An `up` that runs one command again. */
    private static Run again(String urn) {
        return Lab.pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive",
                "--target-replace", urn);
    }

    @Test
    void sshTakesKeysOnlyAndNotRoots() throws IOException {
        Path key = Files.createTempFile("pgha", ".key",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(key, Lab.outputs().get("adminPrivateKey").getAsString() + "\n");
            assertThat(ssh("pgha", "-i", key.toString(), "-o", "IdentitiesOnly=yes").ok().out()).isEqualTo("pgha\n");
            assertThat(ssh("root", "-i", key.toString(), "-o", "IdentitiesOnly=yes").failed().err())
                    .contains("Permission denied (publickey)");
            assertThat(ssh("pgha", "-o", "PubkeyAuthentication=no").failed().err())
                    .contains("Permission denied (publickey)");
        } finally {
            Files.delete(key);
        }
        assertThat(root("course-pg1", "sshd -T")).contains(
                "passwordauthentication no", "kbdinteractiveauthentication no", "permitrootlogin no",
                "authenticationmethods publickey", "maxstartups 64:30:128");
    }

    // The services

    @ParameterizedTest
    @CsvSource({"course-etcd3, etcd, /var/lib/etcd", "course-pg1, patroni, /var/lib/postgresql",
        "course-etcd1, haproxy, /run", "course-etcd1, keepalived, /run",
        "course-pg1, pgha-liveness, /var/lib/postgresql"})
    void aServiceWritesWhereItMustAndNowhereElse(String host, String service, String itsOwn) {
        Lab.on(host, "systemd-analyze", "security", "--no-pager", "--threshold=30", service).ok();
        String inside = "nsenter -m -t $(systemctl show --value -p MainPID " + service + ") ";
        String file = itsOwn + "/pgha-test";
        assertThat(root(host, inside + "sh -c 'touch " + file + " && rm " + file + "'")).isEmpty();
        for (String place : List.of("/etc", "/usr", "/boot", "/var/lib/pgha", "/proc/sys/kernel/hostname")) {
            Run refused = Lab.on(host, "sh", "-c", inside + "sh -c 'f=" + place
                    + "; [ ! -d $f ] || f=$f/pgha-test; : >$f'");
            assertThat(refused.failed().err()).containsAnyOf("Read-only file system", "nonexistent");
        }
        assertThat(root(host, inside + "find /home /root -mindepth 1")).isEmpty();
        assertThat(root(host, "grep -E '^(NoNewPrivs|Seccomp):' /proc/$(systemctl show --value -p MainPID " + service
                + ")/status").replaceAll("\\s+", "")).isEqualTo("NoNewPrivs:1Seccomp:2");
    }

    @Test
    void keepalivedRunsNoScriptThatOthersMayWriteAndRunsItAsNobodySpecial() {
        assertThat(root("course-etcd1", "keepalived -t -f /etc/keepalived/keepalived.conf")).isEmpty();
        // It looks at a script's folder only if the script is to run as root.
        Run unsafe = Lab.on("course-etcd1", "sh", "-c", """
                d=$(mktemp -d -p /var/lib) && trap 'rm -r $d' EXIT && chmod 777 $d &&
                cp /usr/local/libexec/pgha/check-haproxy $d &&
                sed "s#/usr/local/libexec/pgha#$d#; s#script_user .*#script_user root#" \
                  /etc/keepalived/keepalived.conf >$d/keepalived.conf &&
                keepalived -t -f $d/keepalived.conf""");
        assertThat(unsafe.failed().said()).contains("Disabling track script haproxy_answers due to insecure");
        // It runs once a second and for a few milliseconds.
        Lab.on("course-etcd1", "timeout", "60", "sh", "-c",
                "until pgrep -u keepalived_script >/dev/null; do :; done").ok();
        assertThat(root("course-etcd1", "id -nG keepalived_script; getent passwd keepalived_script | cut -d: -f7"))
                .isEqualTo("keepalived_script\n/usr/sbin/nologin");
    }

    @Test
    void haproxyIsConfinedAndAnswersOnlyItsOwn() {
        String worker = root("course-etcd1", "pgrep -u haproxy -x haproxy | tail -1");
        assertThat(root("course-etcd1", "readlink /proc/" + worker + "/root")).isEqualTo("/var/lib/haproxy");
        assertThat(root("course-etcd1", "grep CapEff /proc/" + worker + "/status")).endsWith("0000000000000000");
        assertThat(root("course-etcd1", "stat -c '%a %U' /run/haproxy/admin.sock /run/haproxy"))
                .isEqualTo("600 root\n700 root");
        assertThat(Lab.on("course-etcd1", "runuser", "-u", "haproxy", "--", "python3", "-c", admin()).failed().err())
                .contains("PermissionError");
        assertThat(Lab.on("course-etcd1", "python3", "-c", admin()).ok().out()).contains("Name: HAProxy");

        String stats = Lab.outputs().get("statsUrl").getAsString();
        String password = root("course-etcd1", "sed -n 's/.*password //p' /etc/haproxy/secrets.cfg");
        assertThat(status(stats, "")).isEqualTo("401");
        assertThat(status(stats, "user = \"pgha:wrong\"")).isEqualTo("401");
        assertThat(status(stats, "user = \"pgha:" + password + "\"")).isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"course-etcd1", "course-etcd2"})
    void balancersGiveUpADeadConnectionBeforeAQuarterOfAnHour(String balancer) {
        assertThat(root(balancer, "cat /proc/sys/net/ipv4/tcp_retries2")).isEqualTo("6");
    }

    // Files

    @ParameterizedTest
    @CsvSource({"course-pg1, /var/lib/postgresql/17/pgha, postgres", "course-etcd1, /var/lib/etcd/pgha, etcd"})
    void dataIsItsServicesAlone(String host, String directory, String user) {
        assertThat(root(host, "stat -c '%a %U' " + directory)).isEqualTo("700 " + user);
        assertThat(root(host, "find " + directory + " -perm /077 ! -type l -print -quit")).isEmpty();
        assertThat(Lab.on(host, "runuser", "-u", "nobody", "--", "ls", directory).failed().err())
                .contains("Permission denied");
        assertThat(root(host, "runuser -u " + user + " -- ls " + directory)).isNotEmpty();
        String service = user.equals("etcd") ? "etcd" : "patroni";
        assertThat(root(host, "systemctl show -p UMask " + service)).isEqualTo("UMask=0077");
    }

    @ParameterizedTest
    @ValueSource(strings = {"course-etcd1", "course-etcd3", "course-pg1"})
    void privateKeysAndPasswordsAreReadByTheirOwnersOnly(String host) {
        // Each with the way to it: a file that everybody may read in a folder that nobody enters is closed too.
        String exposed = root(host, """
                {
                  grep -rlsI -e '-----BEGIN .*PRIVATE KEY-----' /etc /var/lib /home /root /run --exclude-dir=user-data
                  find /etc/haproxy/secrets.cfg /etc/patroni/*/20-secrets.yml /etc/patroni/app-password 2>/dev/null
                } | while read -r file; do
                  runuser -u nobody -- test ! -r "$file" || echo "$file"
                done""");
        assertThat(exposed).isEmpty();
        assertThat(root(host, "stat -c '%a %U' /etc/ssh/ssh_host_ed25519_key")).isEqualTo("600 root");
    }

    // Proxmox

    /** What the gateway of a member of etcd says that is about to stop. A leader must not give up for it. */
    @Test
    void patroniTakesAnAnswerOfNoKindForNone() {
        for (String said : List.of("2, 'message': 'malformed header: missing HTTP content-type'",
                "13, 'message': 'server closed the stream without sending trailers'")) {
            assertThat(Lab.script("course-pg1", """
                    PYTHONDONTWRITEBYTECODE=1 python3 - <<'END'
                    import importlib.machinery, importlib.util, json, socket, types
                    loader = importlib.machinery.SourceFileLoader("launcher", "/usr/local/libexec/pgha/patroni")
                    launcher = importlib.util.module_from_spec(importlib.util.spec_from_loader("launcher", loader))
                    loader.exec_module(launcher)
                    etcd3 = launcher.patroni.dcs.etcd3
                    client = etcd3.PatroniEtcd3Client.__new__(etcd3.PatroniEtcd3Client)
                    answer = types.SimpleNamespace(status=500, data=json.dumps({'error': {'code': %s}}).encode())
                    def hears():
                        try:
                            client._handle_server_response(answer)
                        except Exception as e:
                            return type(e).__name__
                    print(hears())
                    launcher.adapt()
                    print(hears())
                    END
                    """.formatted(said)).ok().out()).isEqualTo("Unknown\nTimeoutError\n");
        }
    }

    @Test
    void theTokenMayDoItsWorkAndNothingElse() {
        assertThat(Lab.api("GET", "/cluster/resources?type=vm").ok().out()).contains("course-pg1");
        assertThat(Lab.api("GET", "/access/permissions?path=/pool/pgha").ok().out()).contains("VM.Allocate")
                .doesNotContain("Sys.Modify", "Permissions.Modify");
        assertThat(Lab.api("GET", "/cluster/status").failed().said())
                .contains("Permission check failed (/, Sys.Audit)");
        assertThat(Lab.api("PUT", Lab.machine(111) + "/config?ide3=cdrom,media%3Dcdrom").failed().said())
                .contains("Permission check failed (/, Sys.Console)");
    }

    @Test
    void anApiWhoseAuthorityIsUnknownIsRefused() {
        Run refused = Run.of(Lab.LONG, Lab.ENVIRONMENT, List.of("./sandbox/run",
                "env", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
                "pulumi", "preview", "--stack", "dev", "--refresh", "--non-interactive"));
        assertThat(refused.failed().said()).contains("x509: certificate signed by unknown authority");
        Lab.pulumi("preview", "--stack", "dev", "--refresh", "--non-interactive").ok();
    }

    private static String admin() {
        return """
                import socket
                s = socket.socket(socket.AF_UNIX)
                s.connect("/run/haproxy/admin.sock")
                s.sendall(b"show info\\n")
                print(s.recv(4096).decode())""";
    }

    /** The status of a page; curl's settings come on its standard input, so that no password is in an argument. */
    private static String status(String url, String settings) {
        return Run.of(Duration.ofMinutes(1), Lab.ENVIRONMENT, List.of("./sandbox/run", "curl", "-ks", "-K", "-",
                "-o", "/dev/null", "-w", "%{http_code}", url), settings).ok().out();
    }

    private static Run ssh(String user, String... options) {
        var command = new ArrayList<>(List.of("ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"));
        command.addAll(List.of(options));
        command.addAll(List.of(user + "@" + PG1, "id", "-un"));
        return Lab.run(command.toArray(String[]::new));
    }

    private static boolean reaches(String from, String address, int port) {
        String connect = "import socket, sys\n"
                + "socket.create_connection((sys.argv[1], int(sys.argv[2])), 3, (sys.argv[3], 0))";
        Run run = switch (from) {
            case "client" -> Lab.run("python3", "-c", connect, address, "" + port, CLIENT);
            case "stranger" -> Lab.run("sh", "-c", "ip address replace " + STRANGER + "/32 dev vmbr0 && exec \"$@\"",
                    "sh", "python3", "-c", connect, address, "" + port, STRANGER);
            default -> Lab.on(from, "python3", "-c", connect, address, "" + port, "0.0.0.0");
        };
        // Silence is the firewall's; a refusal would come from a host without a listener.
        assertThat(run.exit() == 0 || run.said().contains("timed out")).as(run.said()).isTrue();
        return run.exit() == 0;
    }

    private static long refused(String host) {
        String counter = root(host, "nft list counter inet pgha refused");
        return Long.parseLong(counter.replaceAll("(?s).*packets (\\d+).*", "$1"));
    }

    private static boolean holdsVip(String host) {
        return root(host, "ip -brief address show").contains(VIP + "/");
    }

    private static void await(String what, Duration limit, BooleanSupplier condition) throws InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as(what).isBefore(end);
            Thread.sleep(200);
        }
    }

    /** What a command in a host's root shell prints; it must succeed. */
    private static String root(String host, String command) {
        return Lab.on(host, "sh", "-c", "cd / && " + command).ok().out().strip();
    }
}
