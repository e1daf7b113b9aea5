package io.github.pgha.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.preflight.Finding.Level;
import io.github.pgha.preflight.NodeShell.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each lack, planted once: it is said, and with the command that mends it. */
class PreflightTest {
    private static final String GOOD_FOLDER = "there\nwritable\nlooked\n";
    private static final String FILE = "pgha-104-pg1-user-data.yaml";
    private static final String COPY = "scp -p -o HostKeyAlias=pve1 -o UserKnownHostsFile=/etc/pve/nodes/pve1/ssh_known_hosts ";
    private static final String NEW_KEY = "192.0.2.2 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9o0Q1v";

    @TempDir
    private Path folder;
    private FakeProxmox proxmox;
    private Wanted wanted;
    private Map<String, String> environment;
    /** By address. */
    private final Map<String, Result> ssh = new ConcurrentHashMap<>();
    private final List<String> dialled = new ArrayList<>();
    private Optional<String> publicKey = Optional.of("ssh-ed25519 AAAA pgha");

    @BeforeEach
    void start() throws Exception {
        proxmox = new FakeProxmox(folder, "ip:127.0.0.1");
        wanted = proxmox.wanted();
        environment = proxmox.environment();
    }

    @AfterEach
    void stop() {
        proxmox.close();
    }

    private final class Shell implements NodeShell {
        @Override
        public Result run(String address, String script) {
            synchronized (dialled) {
                dialled.add(address);
            }
            return ssh.getOrDefault(address, new Result(0, GOOD_FOLDER, "", Optional.empty()));
        }

        @Override
        public Optional<String> publicKey() {
            return publicKey;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    private List<Finding> look() throws IOException, InterruptedException {
        return Preflight.of(wanted, environment, login -> new Shell()).run();
    }

    /** The one that fails. */
    private Finding failure() throws IOException, InterruptedException {
        return one(Level.FAILS, look());
    }

    private static Finding one(Level level, List<Finding> findings) {
        List<Finding> found = findings.stream().filter(finding -> finding.level() == level).toList();
        assertThat(found).as(Page.render(findings)).hasSize(1);
        return found.get(0);
    }

    private static List<String> commands(Finding finding) {
        return finding.remedies().stream().flatMap(remedy -> remedy.commands().stream()).toList();
    }

    private Wanted.Machine machine(String name) {
        return wanted.machines().stream().filter(machine -> machine.name().equals(name)).findFirst().orElseThrow();
    }

    private Wanted former(String... names) {
        List<Wanted.Former> former = Stream.of(names).map(this::machine)
                .map(machine -> new Wanted.Former(machine.name(), machine.vmId(), machine.node())).toList();
        return new Wanted(wanted.stack(), wanted.machines(), wanted.imageUrl(), wanted.imageDatastore(),
                wanted.snippetDatastore(), wanted.vmDatastore(), wanted.bridge(), wanted.vlan(), wanted.pool(),
                wanted.nodeAddresses(), wanted.vip(), wanted.fencing(), former);
    }

    private Wanted with(Optional<Integer> vlan, Optional<String> pool, Map<String, String> addresses) {
        return new Wanted(wanted.stack(), wanted.machines(), wanted.imageUrl(), wanted.imageDatastore(),
                wanted.snippetDatastore(), wanted.vmDatastore(), wanted.bridge(), vlan, pool, addresses, wanted.vip(),
                wanted.fencing(), wanted.former());
    }

    @Test
    void aProxmoxThatHasAllIsGreen() throws Exception {
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).as(Page.render(findings)).isTrue();
        assertThat(findings).filteredOn(finding -> finding.level() == Level.NOTE).extracting(Finding::check)
                .containsExactly("addresses");
        assertThat(Page.render(findings)).contains("Proxmox VE 9.2.11 at https://127.0.0.1:",
                "'pve2' reaches https://images.example.org/debian.qcow2 (350 MiB)", "Nothing is in the way");
        assertThat(dialled).containsOnly("192.0.2.2");
    }

    @Test
    void nothingOfASecretIsPrinted() throws Exception {
        environment.put("PROXMOX_VE_SSH_PRIVATE_KEY", "SECRETKEY");
        environment.put("PGHA_DRILL_TOKEN", FakeProxmox.DRILL_TOKEN);
        proxmox.rights.clear();
        proxmox.tokens.remove(FakeProxmox.FENCE_TOKEN);
        ssh.put("192.0.2.2", new Result(255, "", "pgha@192.0.2.2: Permission denied (publickey).\n", Optional.empty()));
        String said = Page.render(look()) + Page.json(look());
        assertThat(said).contains("doesn't let the key in", "pgha-fence@pve!fence").doesNotContain("SECRETKEY", "00000000-0000");
    }

    @Test
    void jsonHasTheSame() throws Exception {
        proxmox.pools.clear();
        assertThat(Page.json(List.of(failure()))).isEqualTo("""
                [
                  {
                    "level": "fails",
                    "check": "pool",
                    "text": "pool 'pgha' must be there: 500 pool 'pgha' does not exist",
                    "remedies": [
                      {
                        "place": "root-on-node",
                        "node": "",
                        "commands": [
                          "pveum pool add pgha"
                        ]
                      }
                    ]
                  }
                ]
                """);
    }

    // The environment.

    @Test
    void anEmptyEnvironmentIsFilledStepByStep() throws Exception {
        environment.clear();
        List<Finding> findings = look();
        assertThat(findings).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(4);
        assertThat(findings.stream().flatMap(finding -> commands(finding).stream())).containsExactly(
                "export PROXMOX_VE_ENDPOINT=https://NODE:8006/",
                "pveum user add 'pgha@pve'", "pveum user token add 'pgha@pve' 'pulumi' -privsep 1",
                "export PROXMOX_VE_API_TOKEN='pgha@pve!pulumi=SECRET'",
                "export PROXMOX_VE_SSH_USERNAME=pgha",
                "ssh-keygen -q -t ed25519 -N '' -C pgha -f ~/.ssh/pgha",
                "export PROXMOX_VE_SSH_PRIVATE_KEY=\"$(cat ~/.ssh/pgha)\"");
    }

    @Test
    void aSocketOfAnAgentThatIsGoneIsSaid() throws Exception {
        environment.put("SSH_AUTH_SOCK", folder.resolve("gone").toString());
        assertThat(commands(failure())).containsExactly("unset SSH_AUTH_SOCK");
    }

    @Test
    void anEndpointMustBeHttps() throws Exception {
        environment.put("PROXMOX_VE_ENDPOINT", "http://pve.example.org:8006/");
        assertThat(failure().text()).contains("'http://pve.example.org:8006/' must be a URL such as https://");
    }

    @Test
    void aFileOfCasMustBeThere() throws Exception {
        environment.put("SSL_CERT_FILE", folder.resolve("gone.pem").toString());
        assertThat(failure().text()).startsWith("SSL_CERT_FILE '").endsWith("must be a file with certificates "
                + "in PEM that can be read");
    }

    // The API.

    @Test
    void aSilentApiCostsLessThanTenSeconds() throws Exception {
        // It takes connections and never says a word.
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            environment.put("PROXMOX_VE_ENDPOINT", "https://127.0.0.1:" + silent.getLocalPort() + "/");
            long start = System.nanoTime();
            assertThat(failure().text()).contains("doesn't answer");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void anApiThatIsOffIsSaidAtOnce() throws Exception {
        proxmox.close();
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).contains("doesn't answer: Connection refused");
            assertThat(commands(found)).contains("systemctl status pveproxy");
        });
    }

    @Test
    void aCertificateOfAnUnknownCaIsSaidWithTheFileToFetch() throws Exception {
        environment.remove("SSL_CERT_FILE");
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).contains("isn't trusted here: signed by 'CN=pve1.example.org'");
            assertThat(commands(found)).containsExactly(
                    "ssh root@127.0.0.1 cat /etc/pve/pve-root-ca.pem >pve-root-ca.pem",
                    "export SSL_CERT_FILE=\"$PWD/pve-root-ca.pem\"");
        });
    }

    @Test
    void aCertificateForOtherNamesIsSaidWithThem() throws Exception {
        try (var other = new FakeProxmox(Files.createDirectory(folder.resolve("other")), "dns:pve1.example.org,dns:pve1")) {
            environment.putAll(other.environment());
            assertThat(failure()).satisfies(found -> {
                assertThat(found.text()).contains("isn't for '127.0.0.1' but for pve1.example.org, pve1");
                assertThat(commands(found)).containsExactly("export PROXMOX_VE_ENDPOINT=https://pve1.example.org:"
                        + other.endpoint().replaceAll("\\D+127\\.0\\.0\\.1:(\\d+)/", "$1") + "/");
            });
        }
    }

    @Test
    void anUnknownTokenIsSaidWithTheCommandsThatMakeIt() throws Exception {
        proxmox.tokens.remove(FakeProxmox.TOKEN);
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).contains("doesn't know the token 'pgha@pve!pulumi'", "401 Authentication failed!");
            assertThat(commands(found)).containsExactly("pveum user add 'pgha@pve'",
                    "pveum user token add 'pgha@pve' 'pulumi' -privsep 1",
                    "export PROXMOX_VE_API_TOKEN='pgha@pve!pulumi=SECRET'");
        });
    }

    @Test
    void anOldVersionIsSaidOfTheApiAndOfEachNode() throws Exception {
        proxmox.versions.put("pve2", "8.3.5");
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).startsWith("Proxmox VE 8.3.5 on 'pve2' must be 8.4 or newer");
            assertThat(commands(found)).containsExactly("apt update", "apt full-upgrade");
        });
        proxmox.versions.clear();
        for (String good : List.of("8.4.0", "9.0.3", "10.1")) {
            proxmox.version = good;
            assertThat(Preflight.isGreen(look())).as(good).isTrue();
        }
    }

    // Rights.

    static Stream<NeededRights.Need> needs() {
        var wanted = new Wanted("shop", List.of(new Wanted.Machine("etcdHosts[0]", "etcd1", "203.0.113.1/24", 101, "pve1", 20,
                false)), "https://images.example.org/debian.qcow2", "local", "local", "disks", "vmbr0", Optional.empty(),
                Optional.of("pgha"), Map.of(), "203.0.113.9/24", Optional.empty(), List.of());
        // What another one of them does as well for can be missed alone.
        return NeededRights.ofProgram(wanted).stream().filter(need -> need.alternative().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("needs")
    void eachPrivilegeIsMissed(NeededRights.Need need) throws Exception {
        proxmox.revoke(FakeProxmox.TOKEN, need.path(), need.privilege());
        List<Finding> failures = look().stream().filter(finding -> finding.level() == Level.FAILS).toList();
        assertThat(failures).isNotEmpty().allSatisfy(found ->
                assertThat(found.text()).contains("'pgha@pve!pulumi' lacks " + need.privilege() + " on " + need.path()));
        assertThat(commands(failures.get(0))).hasSize(2).last().asString().isEqualTo("pveum acl modify " + need.path()
                + " -users 'pgha@pve' -tokens 'pgha@pve!pulumi' -roles " + failures.get(0).remedies().get(0).commands().get(0)
                        .split(" ")[3]);
    }

    @Test
    void aRoleIsMadeCompletedOrLeftAlone() throws Exception {
        proxmox.revoke(FakeProxmox.TOKEN, "/pool/pgha", "VM.Allocate");
        String privileges = "Pool.Audit VM.Allocate VM.Audit VM.Config.CPU VM.Config.Disk VM.Config.HWType VM.Config.Memory "
                + "VM.Config.Network VM.PowerMgmt";
        String given = "pveum acl modify /pool/pgha -users 'pgha@pve' -tokens 'pgha@pve!pulumi' -roles PghaMachines";
        assertThat(commands(failure())).containsExactly("pveum role add PghaMachines -privs '" + privileges + "'", given);
        proxmox.roles.put("PghaMachines", Set.of("VM.Audit", "VM.PowerMgmt", "VM.Config.CPU", "VM.Config.Disk",
                "VM.Config.HWType",
                "VM.Config.Memory", "VM.Config.Network"));
        assertThat(commands(failure())).containsExactly(
                "pveum role modify PghaMachines -append 1 -privs 'Pool.Audit VM.Allocate'", given);
        proxmox.roles.put("PghaMachines", Set.of(privileges.split(" ")));
        assertThat(commands(failure())).containsExactly(given);
    }

    @Test
    void tagsOfANewMachineNeedARightAboveThePool() throws Exception {
        proxmox.revoke(FakeProxmox.TOKEN, "/vms", "VM.Config.Options");
        proxmox.grant(FakeProxmox.TOKEN, "/pool/pgha", Set.of("VM.Config.Options"));
        assertThat(commands(failure())).last().isEqualTo(
                "pveum acl modify /vms -users 'pgha@pve' -tokens 'pgha@pve!pulumi' -roles PghaTags");
    }

    @Test
    void rightsOnSingleMachinesAreSaidToGoWithThem() throws Exception {
        proxmox.revoke(FakeProxmox.TOKEN, "/pool/pgha", "VM.Allocate");
        wanted.machines().forEach(machine ->
                proxmox.grant(FakeProxmox.TOKEN, "/vms/" + machine.vmId(), Set.of("VM.Allocate")));
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).isTrue();
        assertThat(findings).anySatisfy(found -> assertThat(found.text()).contains("has VM.Allocate on single machines only"));
    }

    @Test
    void rightsOnAllMachinesDoWithoutAPoolAndWithOne() throws Exception {
        Set<String> ofPool = Set.copyOf(proxmox.rights.get(FakeProxmox.TOKEN).get("/pool/pgha"));
        proxmox.grant(FakeProxmox.TOKEN, "/vms", ofPool);
        wanted = with(Optional.empty(), Optional.empty(), Map.of());
        proxmox.grant(FakeProxmox.FENCE_TOKEN, "/vms", Set.of("VM.Audit", "VM.PowerMgmt"));
        assertThat(Preflight.isGreen(look())).isTrue();
        wanted = proxmox.wanted();
        ofPool.stream().filter(privilege -> !privilege.startsWith("Pool.")).forEach(privilege ->
                proxmox.revoke(FakeProxmox.TOKEN, "/pool/pgha", privilege));
        assertThat(Preflight.isGreen(look())).isTrue();
    }

    @Test
    void aVlanHasAPathOfItsOwnBelowTheBridge() throws Exception {
        wanted = with(Optional.of(42), wanted.pool(), Map.of());
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).isTrue();
        assertThat(findings).anySatisfy(found -> assertThat(found.text()).contains("isn't VLAN-aware"));
        proxmox.revoke(FakeProxmox.TOKEN, "/sdn/zones/localnetwork/vmbr0", "SDN.Use");
        assertThat(commands(failure())).contains(
                "pveum acl modify /sdn/zones/localnetwork/vmbr0/42 -users 'pgha@pve' -tokens 'pgha@pve!pulumi' -roles "
                        + "PghaBridge");
    }

    // Nodes, datastores, bridge, image.

    @Test
    void aNodeOfTheStackMustBeThereAndRun() throws Exception {
        proxmox.nodes.put("pve3", "offline");
        assertThat(failure().text()).isEqualTo("node 'pve3' must run, and it is offline");
        proxmox.nodes.remove("pve3");
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(2).allSatisfy(found ->
                assertThat(found.text()).endsWith("node 'pve3' must be one of this Proxmox VE: pve1, pve2"));
    }

    @Test
    void anotherNodeMayBeOff() throws Exception {
        proxmox.nodes.put("backup", "offline");
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).isTrue();
        assertThat(Page.render(findings)).contains("backup off, which this stack doesn't use");
    }

    @Test
    void aDatastoreMustBeThereAndActiveForWhatItIs() throws Exception {
        proxmox.datastores.get("local").put("content", "iso,vztmpl,snippets");
        assertThat(look().stream().filter(finding -> finding.level() == Level.FAILS).flatMap(found -> commands(found).stream())
                .distinct()).containsExactly("pvesm set local --content iso,snippets,vztmpl,import");
        proxmox.datastores.get("local").put("content", "import,snippets");
        proxmox.datastores.get("disks").put("active", 0);
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3)
                .allSatisfy(found -> assertThat(commands(found)).containsExactly("pvesm status --storage disks"));
        proxmox.datastores.get("disks").put("enabled", 0);
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3)
                .allSatisfy(found -> assertThat(commands(found)).containsExactly("pvesm set disks --disable 0"));
        proxmox.datastores.put("ssd", proxmox.datastores.remove("disks"));
        proxmox.datastores.get("ssd").putAll(Map.of("enabled", 1, "active", 1));
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3)
                .allSatisfy(found -> assertThat(commands(found)).contains("pulumi config set vmDatastore ssd --stack shop"));
    }

    @Test
    void disksNeedSpace() throws Exception {
        long gib = 1024L * 1024 * 1024;
        proxmox.datastores.get("disks").put("avail", 5 * gib);
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3).first().satisfies(found ->
                assertThat(found.text()).contains("has 5 GiB free and must have 6 for 2 new disks of 3 GiB each"));
        proxmox.datastores.get("disks").put("avail", 39 * gib);
        assertThat(Page.render(look())).contains("the disks may grow to 40 in all");
        proxmox.datastores.get("disks").put("type", "lvm");
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3).first().satisfies(found ->
                assertThat(found.text()).contains("must have 40 for 2 new disks of their whole size"));
        // Shared by all nodes, it has to take all disks.
        proxmox.datastores.get("disks").putAll(Map.of("type", "nfs", "shared", 1, "avail", 17 * gib));
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3).first().satisfies(found ->
                assertThat(found.text()).contains("must have 18 for 6 new disks"));
    }

    @Test
    void aTypeOfDatastoreThatWasNotTriedIsSaid() throws Exception {
        proxmox.datastores.get("disks").put("type", "lvmthin");
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).isTrue();
        assertThat(Page.render(findings)).contains("is of type lvmthin, on which pgha hasn't been tried");
    }

    @Test
    void theBridgeMustBeOnEachNode() throws Exception {
        proxmox.interfaces.removeIf(found -> found.get("iface").equals("vmbr0"));
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3)
                .allSatisfy(found -> assertThat(commands(found)).containsExactly("pulumi config set bridge vmbr1 --stack shop"));
    }

    @Test
    void theImageMustBeReachedFromEachNode() throws Exception {
        proxmox.imageStatus = 404;
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3).first().satisfies(found -> {
            assertThat(found.text()).contains("'pve1' doesn't reach https://images.example.org/debian.qcow2", "404 Not Found");
            assertThat(commands(found)).containsExactly("curl --head --location --max-time 20 "
                    + "'https://images.example.org/debian.qcow2'");
        });
    }

    // Machines.

    @Test
    void aNumberThatSomebodyElseHasIsSaidWithAFreeOne() throws Exception {
        Map<String, Object> container = proxmox.guest(machine("pg1"));
        container.putAll(Map.of("type", "lxc", "name", "dns", "tags", ""));
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).isEqualTo("vmId '104' of host 'pg1' must be free, and container 'dns' on node 'pve1' "
                    + "has it");
            assertThat(commands(found)).containsExactly("pulumi config set --path 'postgresHosts[0].vmId' 107 --stack shop");
        });
        proxmox.guests.clear();
        proxmox.unseen.addAll(Set.of(104, 107));
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).contains("a machine or container that the token can't see has it");
            assertThat(commands(found)).containsExactly("pulumi config set --path 'postgresHosts[0].vmId' 108 --stack shop");
        });
    }

    @Test
    void machinesOfTheLastUpThatCantBeSeenAreNamedWithTheWayBack() throws Exception {
        wanted = former("pg1", "pg2");
        proxmox.unseen.addAll(Set.of(104, 105));
        proxmox.roles.put("PghaMachines", Set.copyOf(NeededRights.ofRole("PghaMachines", wanted)));
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).startsWith("'pg1' (104), 'pg2' (105) of the last `up` can't be seen by 'pgha@pve!pulumi'");
            assertThat(commands(found)).containsExactly("pveum pool modify pgha -vms 104,105 -allow-move 1",
                    "pveum acl modify /pool/pgha -users 'pgha@pve' -tokens 'pgha@pve!pulumi' -roles PghaMachines");
        });
    }

    @Test
    void ownMachinesAreInNobodysWay() throws Exception {
        wanted.machines().forEach(proxmox::guest);
        wanted = former(wanted.machines().stream().map(Wanted.Machine::name).toArray(String[]::new));
        List<Finding> findings = look();
        assertThat(findings).as(Page.render(findings)).allMatch(found -> found.level() == Level.OK);
        assertThat(Page.render(findings)).contains("etcd1, etcd2, etcd3, pg1, pg2, pg3 there, this stack's");
    }

    @Test
    void alockedMachineIsSaid() throws Exception {
        proxmox.guest(machine("pg2")).put("lock", "backup");
        wanted = former("pg2");
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).startsWith("'pg2' (105) is locked (backup)");
            assertThat(commands(found)).contains("qm unlock 105");
            assertThat(found.remedies().get(0).node()).isEqualTo("pve2");
        });
    }

    @Test
    void aMachineOfHaIsSaid() throws Exception {
        proxmox.guest(machine("pg2")).put("hastate", "started");
        wanted = former("pg2");
        assertThat(commands(failure())).containsExactly("ha-manager remove vm:105");
    }

    @Test
    void whereMachinesReallyAreIsLookedAt() throws Exception {
        wanted.machines().forEach(machine -> proxmox.guest(machine).put("node", machine.name().equals("etcd2") ? "pve1"
                : machine.node()));
        wanted = former(wanted.machines().stream().map(Wanted.Machine::name).toArray(String[]::new));
        assertThat(look().stream().filter(found -> found.level() == Level.NOTE).map(Finding::text)).containsExactly(
                "'etcd2' (102) is on node 'pve1', where somebody has moved it; it is configured for 'pve2'",
                "a majority of etcd is on node 'pve1': without that node the cluster has no leader");
    }

    @Test
    void aMachineThatWasLostIsSaid() throws Exception {
        wanted = former("pg3");
        assertThat(Page.render(look())).contains("'pg3' (106) of the last `up` isn't there any more",
                "pulumi up --refresh --stack shop");
    }

    @Test
    void machinesOutsideOfThePoolAreSaid() throws Exception {
        proxmox.guest(machine("pg1")).remove("pool");
        wanted = former("pg1");
        assertThat(commands(failure())).containsExactly("pveum pool modify pgha -vms 104 -allow-move 1");
        proxmox.grant(FakeProxmox.TOKEN, "/pool/pgha", Set.of("Pool.Allocate"));
        proxmox.grant(FakeProxmox.TOKEN, "/vms", Set.of("VM.Allocate"));
        assertThat(Page.render(look())).contains("the next `up` puts pg1 into 'pgha'", "Nothing is in the way");
    }

    // User-data.

    /** pg1 is there, on pve1; its user-data is on some nodes. */
    private void userData(String datastore, String... nodes) {
        proxmox.guest(machine("pg1"));
        wanted = former("pg1");
        proxmox.cicustom.put(104, "user=" + datastore + ":snippets/" + FILE);
        Stream.of(nodes).forEach(node -> proxmox.snippets.put(node, Set.of(datastore + ":snippets/" + FILE,
                datastore + ":snippets/pgha-keep-" + node + ".yaml")));
    }

    @Test
    void userDataIsWhereItsMachineIs() throws Exception {
        userData("local", "pve1");
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).isTrue();
        assertThat(Page.render(findings)).contains("user-data of pg1 where they are");
    }

    @Test
    void userDataThatAMigrationLeftIsCopied() throws Exception {
        userData("local", "pve3");
        assertThat(failure()).satisfies(found -> {
            assertThat(found.check()).isEqualTo("machines");
            assertThat(found.text()).isEqualTo("'pg1' (104) on node 'pve1' won't be started again by Proxmox VE, so fencing, a "
                    + "reboot or a resize would lose it: its user-data 'local:snippets/" + FILE
                    + "' must be on that node, and isn't but on 'pve3'");
            assertThat(found.remedies()).extracting(Finding.Remedy::node).containsExactly("pve3", "pve1");
            assertThat(commands(found)).containsExactly(
                    COPY + "/var/lib/vz/snippets/" + FILE + " root@192.0.2.2:/var/lib/vz/snippets/",
                    "chown pgha /var/lib/vz/snippets/" + FILE, "chmod 600 /var/lib/vz/snippets/" + FILE);
        });
    }

    @Test
    void userDataIsCopiedWhereItsDatastoreHasIt() throws Exception {
        userData("local", "pve2");
        proxmox.cicustom.put(104, "meta=local:snippets/meta.yaml,user=local:snippets/" + FILE);
        proxmox.datastores.get("local").putAll(Map.of("path", "/srv/my files/", "content-dirs", Map.of("snippets", "ci/user")));
        assertThat(commands(failure())).containsExactly(
                COPY + "'/srv/my files/ci/user/" + FILE + "' root@192.0.2.2:'/srv/my files/ci/user/'",
                "chown pgha '/srv/my files/ci/user/" + FILE + "'", "chmod 600 '/srv/my files/ci/user/" + FILE + "'");
    }

    @Test
    void userDataOfAMachineThatWasMovedIsWantedWhereItIsNow() throws Exception {
        userData("local", "pve1");
        proxmox.guests.get(0).put("node", "pve2");
        assertThat(failure().remedies()).extracting(Finding.Remedy::node).containsExactly("pve1", "pve2");
    }

    @Test
    void userDataThatIsNowhereIsSaidWithWhatWasLookedAt() throws Exception {
        userData("local");
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).endsWith("and isn't, nor on pve2, pve3: put the same file back, or build the machine "
                    + "anew with a higher `rebuild` of postgresHosts[0]");
            assertThat(found.remedies()).isEmpty();
        });
        proxmox.withoutDatastore.add("pve2");
        proxmox.nodes.put("pve4", "offline");
        assertThat(failure().text()).contains("and isn't, nor on pve3; pve2, pve4 couldn't be looked at: put the same file back");
    }

    @Test
    void aDatastoreThatCannotBeListedIsSaid() throws Exception {
        userData("local", "pve1");
        proxmox.withoutDatastore.add("pve1");
        assertThat(failure()).satisfies(found -> {
            assertThat(found.text()).contains("it can't be looked for: 500 storage 'local' is not available on node 'pve1'");
            assertThat(commands(found)).containsExactly("pvesm status --storage local");
        });
    }

    @Test
    void userDataThatCannotBeSeenIsNotTakenForGone() throws Exception {
        userData("local");
        proxmox.revoke(FakeProxmox.TOKEN, "/storage/local", "Datastore.Allocate");
        assertThat(look()).filteredOn(found -> found.level() == Level.FAILS).isNotEmpty().allSatisfy(found ->
                assertThat(found.text()).contains("lacks Datastore.Allocate on /storage/local"));
        proxmox.grant(FakeProxmox.TOKEN, "/storage/local", Set.of("Datastore.Allocate"));
        proxmox.datastores.get("local").put("content", "import");
        assertThat(look()).filteredOn(found -> found.level() == Level.FAILS).hasSize(3).allSatisfy(found ->
                assertThat(found.text()).contains("must take the content type 'snippets'"));
    }

    @Test
    void userDataOnAFormerDatastoreNeedsARightOfItsOwn() throws Exception {
        userData("old");
        proxmox.datastores.put("old", new HashMap<>(proxmox.datastores.get("local")));
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).isTrue();
        assertThat(findings).filteredOn(found -> found.text().contains("lacks Datastore.Allocate on /storage/old")).hasSize(1)
                .first().satisfies(found -> assertThat(commands(found)).last().isEqualTo(
                        "pveum acl modify /storage/old -users 'pgha@pve' -tokens 'pgha@pve!pulumi' -roles PghaFiles"));
        proxmox.grant(FakeProxmox.TOKEN, "/storage/old", Set.of("Datastore.Allocate"));
        assertThat(failure().text()).contains("'old:snippets/" + FILE + "' must be on that node, and isn't");
    }

    // SSH.

    @Test
    void theProvidersAddressIsDialledUnlessOneIsSet() throws Exception {
        wanted = with(Optional.empty(), wanted.pool(), Map.of("pve2", "192.0.2.77"));
        assertThat(Page.render(look())).contains(
                "pgha@192.0.2.2 on 'pve1' (interface vmbr0, the first with a gateway) lets the key in",
                "pgha@192.0.2.77 on 'pve2' (proxmoxNodeAddresses) lets the key in");
        assertThat(dialled).containsExactlyInAnyOrder("192.0.2.2", "192.0.2.77", "192.0.2.2");
    }

    @Test
    void aNodeThatLetsTheKeyNotInIsToldTheKey() throws Exception {
        wanted = with(Optional.empty(), wanted.pool(), Map.of("pve2", "192.0.2.77"));
        ssh.put("192.0.2.77", new Result(255, "", "pgha@192.0.2.77: Permission denied (publickey).\n", Optional.empty()));
        assertThat(failure()).satisfies(found -> {
            assertThat(found.remedies().get(0).node()).isEqualTo("pve2");
            assertThat(commands(found)).containsExactly(
                    "id pgha >/dev/null 2>&1 || adduser --disabled-password --comment '' pgha",
                    "install -d -o pgha -g pgha -m 700 ~pgha/.ssh",
                    "echo 'ssh-ed25519 AAAA pgha' >>~pgha/.ssh/authorized_keys");
        });
        publicKey = Optional.empty();
        assertThat(failure().text()).isEqualTo(
                "PROXMOX_VE_SSH_PRIVATE_KEY must be a private SSH key without a passphrase, and can't be read");
    }

    @Test
    void aNodeThatCantBeReachedIsSaidWithItsOtherAddresses() throws Exception {
        ssh.put("192.0.2.2", new Result(255, "", "ssh: connect to host 192.0.2.2 port 22: Connection timed "
                + "out\n", Optional.empty()));
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3).first().satisfies(found -> {
            assertThat(found.text()).contains("can't be reached: ssh: connect to host 192.0.2.2 port 22: Connection timed out",
                    "the node's addresses are 192.0.2.2/24 (vmbr0), 198.51.100.2 (vmbr1)");
            assertThat(commands(found)).containsExactly(
                    "pulumi config set --path 'proxmoxNodeAddresses.pve1' ADDRESS --stack shop");
        });
    }

    @Test
    void aHostKeyThatIsNotKnownIsShown() throws Exception {
        ssh.put("192.0.2.2", new Result(0, GOOD_FOLDER, "", Optional.of(NEW_KEY + "AAAA")));
        List<Finding> findings = look();
        assertThat(Preflight.isGreen(findings)).isTrue();
        assertThat(Page.render(findings)).contains("isn't in ~/.ssh/known_hosts", "ssh-ed25519 SHA256:");
    }

    @Test
    void aHostKeyThatHasChangedIsRefused() throws Exception {
        ssh.put("192.0.2.2", new Result(255, "", "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n", Optional.empty()));
        assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3).first().satisfies(found ->
                assertThat(commands(found)).last().isEqualTo("ssh-keygen -R 192.0.2.2"));
    }

    @Test
    void theFolderMustBeThereAndWritable() throws Exception {
        for (String said : List.of("looked\n", "there\nlooked\n")) {
            ssh.put("192.0.2.2", new Result(0, said, "", Optional.empty()));
            assertThat(look()).filteredOn(finding -> finding.level() == Level.FAILS).hasSize(3).allSatisfy(found ->
                    assertThat(commands(found)).containsExactly("install -d -g pgha -m 2775 /var/lib/vz/snippets"));
        }
        // Not by sudo: files come as the user.
        ssh.put("192.0.2.2", new Result(0, "there\nroot\nlooked\n", "", Optional.empty()));
        assertThat(Preflight.isGreen(look())).isTrue();
    }

    // The other tokens.

    @Test
    void theFencingTokenMustSeeAndPowerTheMachines() throws Exception {
        proxmox.revoke(FakeProxmox.FENCE_TOKEN, "/pool/pgha", "VM.PowerMgmt");
        assertThat(failure()).satisfies(found -> {
            assertThat(found.check()).isEqualTo("fencing");
            assertThat(commands(found)).containsExactly("pveum role add PghaFence -privs 'VM.Audit VM.PowerMgmt'",
                    "pveum acl modify /pool/pgha -users 'pgha-fence@pve' -tokens 'pgha-fence@pve!fence' -roles PghaFence");
        });
        proxmox.tokens.remove(FakeProxmox.FENCE_TOKEN);
        assertThat(commands(failure())).contains("export PGHA_FENCING_TOKEN='pgha-fence@pve!fence=SECRET'");
    }

    @Test
    void theDrillsTokenIsLookedAtIfItIsGiven() throws Exception {
        environment.put("PGHA_DRILL_TOKEN", FakeProxmox.DRILL_TOKEN);
        assertThat(Page.render(look())).contains("'drill@pve!token' has all that it needs");
        proxmox.revoke(FakeProxmox.DRILL_TOKEN, "/sdn/zones/localnetwork/vmbr0", "SDN.Use");
        assertThat(commands(failure())).contains(
                "pveum acl modify /sdn/zones/localnetwork/vmbr0 -users 'drill@pve' -tokens 'drill@pve!token' -roles PghaBridge");
    }
}
