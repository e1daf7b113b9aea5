package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.test.PulumiTest;
import com.pulumi.test.internal.PulumiTestInternal;
import io.github.pgha.balancer.LoadBalancer;
import io.github.pgha.etcd.EtcdCluster;
import io.github.pgha.patroni.PatroniCluster;
import io.github.pgha.proxmox.VirtualMachines;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import pulumirpc.Resource.RegisterResourceRequest;

/** What the program asks the engine for. */
class GraphTest {
    private static final String COMMAND = "command:remote:Command";
    private static final List<String> ETCD = List.of("course-etcd1", "course-etcd2", "course-etcd3");
    private static final List<String> POSTGRES = List.of("course-pg1", "course-pg2", "course-pg3");

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Graph dev(boolean preview) throws IOException {
        var graph = Graph.of(App::stack, preview, LabConfig.dev().all());
        graph.result().throwOnError();
        return graph;
    }

    @Test
    void resourcesAndTheirParents() throws IOException {
        ExpectedFile.assertSame(this, "resources.txt", dev(false).listed());
    }

    @Test
    void previewAsksForTheSameAndLeavesOutputsOpen() throws IOException {
        var graph = dev(true);
        ExpectedFile.assertSame(this, "resources.txt", graph.listed());
        assertThat(known(graph, "primaryUri")).isFalse();
        assertThat(known(graph, "adminPrivateKey")).isFalse();
        // What the configuration says is known without a cluster.
        assertThat(known(graph, "primaryPort")).isTrue();
        assertThat(known(graph, "etcdEndpoints")).isTrue();
        assertThat(known(graph, "howToConnect")).isTrue();
    }

    @Test
    void aPreviewRefusesWhatProxmoxLacksForNewMachines() throws IOException {
        var lacking = LabConfig.dev().with("proxmoxNodes", "[]")
                .with("postgresHosts[0].node", "spare").with("postgresHosts[1].node", "pve9")
                .with("imageDatastore", "nowhere").with("snippetDatastore", "local-lvm").with("vmDatastore", "away")
                .with("allowOneNode", "true");
        var graph = Graph.of(App::stack, true, lacking.all());
        assertThat(graph.result().exceptions()).last().isInstanceOf(RunException.class)
                .extracting(Throwable::getMessage).asString().isEqualTo("""
                        6 inputs are refused:
                          - host 'course-pg1': node 'spare' must run, and it is offline
                          - host 'course-pg2': node 'pve9' must be one of this Proxmox: pve, pve1, pve2, pve3, spare
                          - imageDatastore 'nowhere' must be a datastore of node 'pve' that the provider's user may see: \
                        away, local, local-lvm, shared
                          - snippetDatastore 'local-lvm' must take the content type 'snippets', and takes images, rootdir: \
                        pvesm set local-lvm --content images,rootdir,snippets
                          - vmDatastore 'away' must be active on node 'pve'
                          - vmDatastore 'away' must take the content type 'images', and takes import: \
                        pvesm set away --content import,images""");
        assertThat(graph.all()).extracting(RegisterResourceRequest::getType).doesNotContain(COMMAND);
    }

    @Test
    void aPreviewRefusesAnOldProxmoxAndAPoolThatIsNotThere() throws IOException {
        var graph = Graph.onProxmox("8.3", true, LabConfig.dev().with("proxmoxPool", "mine").all());
        assertThat(graph.result().exceptions()).last().extracting(Throwable::getMessage).asString().isEqualTo("""
                2 inputs are refused:
                  - Proxmox VE is '8.3' and must be 8.4 or newer: the image's content type 'import' takes qcow2 from there on
                  - proxmoxPool 'mine' must be a pool that is there and that the provider's user may see (Pool.Audit), and \
                those are other, pgha: pveum pool add mine""");
        Graph.onProxmox("10.0", true, LabConfig.dev().all()).result().throwOnError();
    }

    @Test
    void noUserDataIsSentBeforeAFileWithoutASecret() throws IOException {
        var graph = dev(false);
        for (String host : machines()) {
            var userData = graph.get(host + "-user-data");
            String node = userData.getObject().getFieldsOrThrow("nodeName").getStringValue();
            assertThat(graph.before(host + "-user-data")).contains("pgha-vms-snippets-" + node);
            // The other way is a shell, whose error would repeat all of it.
            assertThat(userData.getObject().getFieldsOrThrow("uploadMode").getStringValue()).isEqualTo("sftp");
            assertThat(userData.getObject().getFieldsOrThrow("fileMode").getStringValue()).isEqualTo("0600");
            assertThat(Graph.isSecret(userData.getObject().getFieldsOrThrow("sourceRaw"))).isTrue();
        }
        var keep = graph.get("pgha-vms-snippets-pve1");
        assertThat(keep.getRetainOnDelete()).isTrue();
        assertThat(keep.getObject().getFieldsOrThrow("uploadMode").getStringValue()).isEqualTo("sftp");
    }

    @Test
    @SuppressWarnings("unchecked")
    void machinesOfAnEarlierVersionNeedNothingOfTheNodes() throws IOException {
        var up = Graph.up(LabConfig.dev(), Map.of());
        var hosts = new HashMap<String, Map<String, Object>>();
        ((Map<String, Map<String, Object>>) up.output("hosts")).forEach((name, host) -> {
            var earlier = new HashMap<>(host);
            earlier.keySet().removeAll(Set.of("firstBoot", "imageNode"));
            hosts.put(name, earlier);
        });
        var later = Graph.up(LabConfig.dev(), Map.of("clusterName", "pgha", "hosts", hosts));
        assertThat(later.all()).extracting(RegisterResourceRequest::getName).noneMatch(name -> name.contains("snippets"))
                .contains("pgha-vms-image-pve1", "pgha-vms-image-pve2", "pgha-vms-image-pve3");
        // Nor do those that another one joins; that one does.
        var grown = Graph.up(LabConfig.dev()
                .with("postgresHosts[3]", "{name: course-pg4, address: 192.168.124.230/23, vmId: 114, node: pve3}")
                .with("allowOneNode", "true"), Map.of("clusterName", "pgha", "hosts", hosts));
        assertThat(grown.all()).extracting(RegisterResourceRequest::getName).filteredOn(name -> name.contains("snippets"))
                .containsExactly("pgha-vms-snippets-pve3");
        assertThat(grown.before("course-pg4")).contains("pgha-vms-snippets-pve3");
        assertThat(grown.before("course-pg3")).doesNotContain("pgha-vms-snippets-pve3");
    }

    @Test
    void nodesThatShareADatastoreHaveOneImage() throws IOException {
        var config = LabConfig.dev().with("imageDatastore", "shared");
        var up = Graph.up(config, Map.of());
        assertThat(up.ofType("proxmoxve:download/file:File")).extracting(RegisterResourceRequest::getName)
                .containsExactly("pgha-vms-image-pve1");
        // Nobody is asked again, and one that joins takes the same.
        var later = Graph.up(config, up.machines());
        assertThat(later.listed()).isEqualTo(up.listed());
        var grown = Graph.up(LabConfig.dev().with("imageDatastore", "shared").with("allowOneNode", "true")
                .with("postgresHosts[3]", "{name: course-pg4, address: 192.168.124.230/23, vmId: 114, node: pve3}"),
                up.machines());
        assertThat(grown.ofType("proxmoxve:download/file:File")).hasSize(1);
    }

    @Test
    void aMachineIsInThePoolAndTheVlan() throws IOException {
        var graph = Graph.up(LabConfig.dev().with("vlan", "17"), Map.of());
        for (String host : machines()) {
            var machine = graph.get(host).getObject().getFieldsMap();
            assertThat(machine.get("poolId").getStringValue()).isEqualTo("pgha");
            assertThat(machine.get("networkDevices").getListValue().getValues(0).getStructValue()
                    .getFieldsOrThrow("vlanId").getNumberValue()).isEqualTo(17);
        }
        var without = Graph.up(LabConfig.dev().with("proxmoxPool", "\"\""), Map.of()).get("course-pg1").getObject();
        assertThat(without.getFieldsMap()).doesNotContainKey("poolId");
        assertThat(without.getFieldsOrThrow("networkDevices").getListValue().getValues(0).getStructValue().getFieldsMap())
                .doesNotContainKey("vlanId");
    }

    @Test
    void aNumberThatAnotherMachineHasIsRefused() throws IOException {
        for (int vmId : List.of(900, 901)) {
            var graph = Graph.of(App::stack, true, LabConfig.dev().with("postgresHosts[0].vmId", "" + vmId).all());
            assertThat(graph.result().exceptions()).last().extracting(Throwable::getMessage).isEqualTo(
                    "host 'course-pg1': vmId '" + vmId + "' must be free, and machine '"
                            + (vmId == 900 ? "mail" : "course-pg1") + "' on node 'pve2' has it");
        }
        // Whose it is can't be known before its host key is.
        var another = LabConfig.dev().with("postgresHosts[0].vmId", "903").all();
        Graph.of(App::stack, true, another).result().throwOnError();
        var up = Graph.of(App::stack, false, another);
        assertThat(up.result().exceptions()).last().asString().contains("host 'course-pg1': vmId '903' must be free, "
                + "and a machine has it that another stack made");
        assertThat(up.all()).extracting(RegisterResourceRequest::getName)
                .doesNotContain("course-pg1", "course-pg1-user-data");
    }

    @Test
    void aMachineThatAKilledUpMadeIsTakenOver() throws IOException {
        var up = Graph.up(LabConfig.dev().with("postgresHosts[0].vmId", "902"), Map.of());
        var tags = up.get("course-pg1").getObject().getFieldsOrThrow("tags").getListValue().getValuesList();
        assertThat(tags).extracting(Value::getStringValue).first().isEqualTo("pgha");
        assertThat(tags).extracting(Value::getStringValue).last().asString().matches("pgha-[0-9a-f]{16}");
    }

    @Test
    void aPreviewThatCannotAskProxmoxYetRefusesNothing() throws IOException {
        Graph.withoutProvider(App::stack, LabConfig.dev().with("imageDatastore", "nowhere").all()).result().throwOnError();
    }

    @Test
    void machinesThatAreThereNeedNoNodeThatRuns() throws IOException {
        var up = Graph.up(LabConfig.dev(), Map.of());
        var later = Graph.up(LabConfig.dev().with("imageDatastore", "nowhere"), up.machines());
        assertThat(later.ofType("proxmoxve:index/vmLegacy:VmLegacy")).hasSize(6);
    }

    @Test
    void outputs() throws IOException {
        var graph = dev(false);
        assertThat(graph.output("vip")).isEqualTo("192.168.125.250");
        assertThat(graph.output("primaryPort")).isEqualTo(5000);
        assertThat(graph.output("replicaPort")).isEqualTo(5001);
        assertThat((String) graph.output("primaryUri"))
                .matches("postgresql://app:[A-Za-z0-9]{32}@192.168.125.250:5000/app\\?sslmode=verify-full");
        assertThat((String) graph.output("replicaUri"))
                .matches("postgresql://app:[A-Za-z0-9]{32}@192.168.125.250:5001/app\\?sslmode=verify-full");
        assertThat((String) graph.output("adminPrivateKey")).startsWith("-----BEGIN OPENSSH PRIVATE KEY-----");
        assertThat((Map<?, ?>) graph.output("members")).hasSize(6);
        assertThat((List<?>) graph.output("etcdEndpoints")).hasSize(3);
        ExpectedFile.assertSame(this, "how-to-connect.txt", graph.output("howToConnect") + "\n");
    }

    @Test
    void onlyOutputsWithSecretsAreSecret() throws IOException {
        var graph = dev(false);
        Set<String> secret = graph.result().outputs().entrySet().stream()
                .filter(output -> PulumiTestInternal.extractOutputData(output.getValue()).isSecret())
                .map(Map.Entry::getKey).collect(Collectors.toSet());
        assertThat(secret).containsExactlyInAnyOrder("primaryUri", "replicaUri", "adminPrivateKey", "statsPassword");
    }

    @Test
    void everyCommandIsConstantAndPinsItsHost() throws IOException {
        var graph = dev(false);
        for (var command : graph.ofType(COMMAND)) {
            Map<String, Value> inputs = command.getObject().getFieldsMap();
            assertThat(inputs.keySet()).as(command.getName()).containsExactlyInAnyOrder(
                    "connection", "create", "stdin", "logging", "addPreviousOutputInEnv");
            assertThat(inputs.get("create").getStringValue()).isEqualTo("sudo bash -s");
            assertThat(inputs.get("addPreviousOutputInEnv")).isEqualTo(Value.newBuilder().setBoolValue(false).build());
            Map<String, Value> connection = Graph.plain(inputs.get("connection")).getStructValue().getFieldsMap();
            assertThat(connection.keySet()).as(command.getName()).containsExactlyInAnyOrder(
                    "host", "port", "user", "privateKey", "hostKey", "dialErrorLimit", "perDialTimeout");
            assertThat(Graph.plain(connection.get("hostKey")).getStringValue()).startsWith("ssh-ed25519 ");
            // The first commands that a machine gets wait until it has booted.
            boolean boots = command.getName().endsWith("-prepare") || command.getName().equals("pgha-leader-stays");
            assertThat(Graph.plain(connection.get("dialErrorLimit")).getNumberValue()).isEqualTo(boots ? 100 : 20);
            // A member may copy a whole database.
            boolean copies = command.getName().endsWith("-patroni");
            assertThat(Graph.plain(inputs.get("stdin")).getStringValue())
                    .contains("pgha_limit=" + Duration.ofMinutes(copies ? 24 * 60 : 20).toSeconds() + "\n# Functions that");
            assertThat(command.getCustomTimeouts().getCreate())
                    .isEqualTo(Duration.ofMinutes(copies ? 24 * 60 : 20).toNanos() + "ns");
        }
    }

    @Test
    void aRepairRunsEveryScriptAgainAndChangesNothingElse() throws IOException {
        var graph = dev(false);
        var repair = Graph.of(App::stack, false, LabConfig.dev().with("repair", "3").all());
        repair.result().throwOnError();
        assertThat(repair.listed()).isEqualTo(graph.listed());
        for (var command : repair.ofType(COMMAND)) {
            Value stdin = command.getObject().getFieldsOrThrow("stdin");
            assertThat(Graph.plain(stdin).getStringValue()).as(command.getName()).contains("\nREPAIR=3\npgha_limit=");
            assertThat(Graph.isSecret(stdin)).as(command.getName())
                    .isEqualTo(Graph.isSecret(graph.get(command.getName()).getObject().getFieldsOrThrow("stdin")));
            assertThat(graph.script(command.getName()))
                    .as(command.getName()).doesNotContain("\nREPAIR=");
        }
    }

    @Test
    void everyCommandRunsAgainOnAMachineThatIsBuiltAnew() throws IOException {
        var graph = dev(false);
        for (var command : graph.ofType(COMMAND)) {
            String address = Graph.plain(Graph.plain(command.getObject().getFieldsOrThrow("connection"))
                    .getStructValue().getFieldsOrThrow("host")).getStringValue();
            assertThat(graph.script(command.getName())).as(command.getName())
                    .startsWith("# On the machine " + Graph.mac(machineAt(graph, address)) + "\n");
        }
    }

    @Test
    void aMemberGivesWayBeforeItsMachineIsBuiltAnew() throws IOException {
        var graph = Graph.of(App::stack, false,
                LabConfig.dev().with("postgresHosts[1].rebuild", "2").with("protect", "true").all());
        graph.result().throwOnError();
        var machine = graph.get("course-pg2");
        assertThat(Graph.plain(machine.getReplacementTrigger()).getNumberValue()).isEqualTo(2);
        assertThat(machine.getDeleteBeforeReplace()).isTrue();
        assertThat(machine.getProtect()).isTrue();
        assertThat(graph.before("course-pg2")).contains("course-pg2-give-way");
        assertThat(graph.before("course-pg2-give-way")).contains("course-etcd1").doesNotContain("course-pg1");
        assertThat(graph.get("course-pg1-prepare").getProtect()).isFalse();
    }

    @Test
    void whoGaveWayIsNotAskedAgainWhenOthersComeOrGo() throws IOException {
        String asked = script(LabConfig.dev().with("postgresHosts[1].rebuild", "2"), "course-pg2-give-way");
        assertThat(asked).contains("\nGOES='course-pg2'\n", "\nREBUILD='2'\n", "\nDIARY='/pgha/pgha/rebuild/'\n");
        PulumiTest.cleanup();
        assertThat(script(LabConfig.dev().with("postgresHosts[1].rebuild", "2")
                .with("postgresHosts[3]", "{name: course-pg4, address: 192.168.124.230/23, vmId: 114}"), "course-pg2-give-way"))
                .isEqualTo(asked);
    }

    private static String script(LabConfig config, String command) {
        var graph = Graph.of(App::stack, false, config.all());
        graph.result().throwOnError();
        return graph.script(command);
    }

    @Test
    void secretsAreMarkedWhereverTheyGo() throws IOException {
        var graph = dev(false);
        var secrets = new HashSet<String>();
        for (var stash : graph.ofType("pulumi:index:Stash")) {
            Value input = stash.getObject().getFieldsOrThrow("input");
            if (stash.getName().equals("pgha-etcd-founders")) {
                assertThat(Graph.isSecret(input)).isFalse();
                continue;
            }
            assertThat(Graph.isSecret(input)).as(stash.getName()).isTrue();
            secrets.add(Graph.plain(input).getStringValue());
        }
        // The first lines of two keys are the same.
        Set<String> telling = secrets.stream().map(secret -> secret.lines().skip(secret.lines().count() > 1 ? 3 : 0)
                .findFirst().orElseThrow()).collect(Collectors.toSet());
        assertThat(telling).hasSameSizeAs(secrets);
        for (var request : graph.all()) {
            for (String text : Graph.openTexts(request.getObject())) {
                assertThat(telling).as(request.getName()).noneMatch(text::contains);
            }
        }
    }

    @Test
    void commandsThatCarrySecretsSayNothing() throws IOException {
        var graph = dev(false);
        var secret = graph.ofType(COMMAND).stream()
                .filter(command -> Graph.isSecret(command.getObject().getFieldsOrThrow("stdin"))).toList();
        assertThat(secret).extracting(RegisterResourceRequest::getName).contains("course-pg1-patroni-secrets");
        for (var command : secret) {
            assertThat(command.getObject().getFieldsOrThrow("logging").getStringValue()).isEqualTo("none");
            assertThat(command.getAdditionalSecretOutputsList()).as(command.getName()).contains("stdout", "stderr");
        }
    }

    @Test
    void whatAMachineOrASecretWasMadeWithStays() throws IOException {
        var graph = dev(false);
        for (var stash : graph.ofType("pulumi:index:Stash")) {
            assertThat(stash.getIgnoreChangesList()).as(stash.getName()).containsExactly("input");
        }
        for (String host : machines()) {
            assertThat(graph.get(host).getIgnoreChangesList())
                    .contains("initialization", "disks[0].importFrom", "disks[0].datastoreId", "nodeName");
            assertThat(graph.get(host + "-user-data").getIgnoreChangesList())
                    .containsExactly("sourceRaw", "datastoreId", "nodeName", "uploadMode", "fileMode");
        }
    }

    @Test
    void filesInProxmoxsStorageAreNoOtherClusters() throws IOException {
        var graph = dev(false);
        assertThat(graph.get("pgha-vms-image-pve1").getObject().getFieldsOrThrow("fileName").getStringValue())
                .matches("pgha-pgha-[0-9a-f]{16}\\.qcow2");
        assertThat(Graph.plain(graph.get("course-pg1-user-data").getObject().getFieldsOrThrow("sourceRaw"))
                .getStructValue().getFieldsOrThrow("fileName").getStringValue())
                .isEqualTo("pgha-111-course-pg1-user-data.yaml");
    }

    @Test
    void everyMachineIsPreparedBeforeItsServices() throws IOException {
        var graph = dev(false);
        for (String host : machines()) {
            assertThat(graph.before(host + "-prepare")).contains(host, host + "-host-key");
        }
        // Behind a packet filter that is confirmed.
        machines().forEach(host -> assertThat(graph.before(host + "-firewall")).contains(host + "-prepare"));
        // Of all members: a host that doesn't hear from the others begins a new cluster.
        ETCD.forEach(host -> assertThat(graph.before(host + "-etcd"))
                .containsAll(ETCD.stream().map(member -> member + "-firewall").toList()));
        for (String host : POSTGRES) {
            assertThat(graph.before(host + "-patroni")).contains(host + "-firewall", host + "-patroni-secrets")
                    .containsAll(ETCD.stream().map(member -> member + "-etcd").toList());
        }
        for (String host : ETCD.subList(0, 2)) {
            assertThat(graph.before(host + "-balancer")).contains(host + "-firewall", host + "-haproxy-secrets")
                    // Whose primary isn't one that is about to leave.
                    .containsAll(POSTGRES.stream().map(member -> member + "-patroni").toList());
        }
    }

    /** When this fails and the change is meant: {@code HARDWARE} must change with the file, or all machines restart at once. */
    @Test
    void machinesHaveTheHardwareOfItsNumber() throws IOException {
        var json = JsonFormat.printer().omittingInsignificantWhitespace().sortingMapKeys();
        // What the provider changes without a restart, or never changes.
        var others = Set.of("nodeName", "vmId", "name", "description", "tags", "onBoot", "stopOnDestroy", "cdrom",
                "networkDevices", "disks", "initialization", "poolId");
        var text = new StringBuilder("number: " + VirtualMachines.HARDWARE + "\n");
        for (var field : new TreeMap<>(dev(false).get("course-pg1").getObject().getFieldsMap()).entrySet()) {
            if (!others.contains(field.getKey())) {
                text.append(field.getKey()).append(": ").append(json.print(field.getValue())).append('\n');
            }
        }
        ExpectedFile.assertSame(this, "hardware.txt", text.toString());
    }

    @Test
    void machinesArePreparedSideBySide() throws IOException {
        var graph = dev(false);
        for (String host : machines()) {
            assertThat(graph.before(host + "-prepare").stream().filter(name -> name.endsWith("-prepare"))).isEmpty();
        }
    }

    @Test
    void parametersAreTriedBeforeAnyMemberHasThem() throws IOException {
        var graph = Graph.of(App::stack, false, LabConfig.dev().with("postgresHosts[2].memoryMb", "4096").all());
        graph.result().throwOnError();
        assertThat(graph.all()).extracting(RegisterResourceRequest::getName)
                .contains("course-pg1-postgres-trial", "course-pg3-postgres-trial")
                // Its parameters are those of course-pg1.
                .doesNotContain("course-pg2-postgres-trial");
        POSTGRES.forEach(host -> assertThat(graph.before(host + "-patroni"))
                .contains("course-pg1-postgres-trial", "course-pg3-postgres-trial"));
    }

    @Test
    void membersStartSideBySideAndRestartInTurn() throws IOException {
        var graph = dev(false);
        var members = POSTGRES.stream().map(host -> host + "-patroni").toList();
        var turns = Stream.of("standby", "leader")
                .flatMap(round -> POSTGRES.stream().map(host -> host + "-roll-" + round)).toList();
        members.forEach(member -> assertThat(graph.before(member)).doesNotContainAnyElementsOf(members)
                .doesNotContainAnyElementsOf(turns));
        for (int i = 0; i < turns.size(); i++) {
            assertThat(graph.before(turns.get(i))).containsAll(members).containsAll(turns.subList(0, i))
                    .doesNotContainAnyElementsOf(turns.subList(i, turns.size()));
            assertThat(graph.get(turns.get(i)).getObject().getFieldsOrThrow("stdin").getStringValue())
                    .contains(members.stream().map(Graph::ran).toList());
        }
    }

    @Test
    void proofComesLast() throws IOException {
        var graph = dev(false);
        Set<String> commands = graph.ofType(COMMAND).stream().map(RegisterResourceRequest::getName)
                .collect(Collectors.toSet());
        commands.remove("pgha-proof");
        assertThat(graph.before("pgha-proof")).containsAll(commands);
    }

    @Test
    void badConfigurationAsksForNothingAndShowsNoStackTrace() throws IOException {
        var config = LabConfig.dev().with("vip", "10.0.0.1/23").with("patroniTtl", "3");
        var graph = Graph.of(App::stack, false, config.all());
        assertThat(graph.all()).isEmpty();
        assertThat(graph.result().errors()).containsExactly("""
                2 inputs are refused:
                  - patroniTtl '3' must be at least 20 seconds
                  - vip '10.0.0.1/23' must be in 192.168.124.0/23, the network of the hosts, with that prefix""");
    }

    @Test
    void badArgumentOfAComponentAsksForNothing() {
        var options = ComponentResourceOptions.builder().build();
        var graph = Graph.of(ctx -> {
            assertThatThrownBy(() -> new EtcdCluster("e", "t", List.of(), "u", "/", null, Map.of(), 1, options))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("etcdHosts has 0 hosts");
            assertThatThrownBy(() -> new PatroniCluster("p", null, "", List.of(), List.of(), null, null, Map.of(), 1, List.of(),
                    options))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("postgresHosts has no host");
            assertThatThrownBy(() -> new LoadBalancer("l", null, List.of(), List.of(), null, Map.of(), 1, List.of(),
                    options))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("balancerHosts has no host");
        }, false, Map.of());
        graph.result().throwOnError();
        assertThat(graph.all()).isEmpty();
    }

    private static List<String> machines() {
        return Stream.of(ETCD, POSTGRES).flatMap(List::stream).toList();
    }

    private static String machineAt(Graph graph, String address) {
        return machines().stream()
                .filter(name -> Graph.openTexts(graph.get(name).getObject()).contains(address + "/23"))
                .findFirst().orElseThrow();
    }

    private static boolean known(Graph graph, String output) {
        return PulumiTestInternal.extractOutputData(graph.result().outputs().get(output)).isKnown();
    }
}
