package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Machines are built anew, lost, added, made larger and taken out, while a client writes. Each test goes on from the last. */
@Order(27)
class LifecycleIT extends WhileAClientWrites {
    /** A planned switchover takes a second or two, a failover without fencing 20; this is for a machine that does much else. */
    private static final long LONGEST_GAP_MS = 30_000;

    LifecycleIT() {
        super(LONGEST_GAP_MS);
    }

    private Run up() {
        return up(Stream.empty());
    }

    private static Map<String, Object> host(String name, String address, int vmId) {
        return Map.of("name", name, "address", address, "vmId", vmId);
    }

    private static void rebuild(StackFile file, String list, String host) {
        file.host(list, host).merge("rebuild", 1, (old, one) -> (Integer) old + 1);
    }

    private static String leader() {
        return members().filter(member -> member.get("Role").getAsString().equals("Leader"))
                .map(member -> member.get("Member").getAsString()).collect(Collectors.joining(" "));
    }

    private static void handOverTo(String member) {
        String leader = leader();
        if (!leader.equals(member)) {
            Lab.on("course-pg1", "patronictl", "switchover", "--leader", leader, "--candidate", member, "--force").ok();
        }
        assertThat(leader()).isEqualTo(member);
    }

    /** Waits for nothing: the `up` has proved that all are there. A host that has left is known for a lease's time. */
    private static void streaming(String... hosts) {
        assertThat(members().filter(member -> member.get("State").getAsString().matches("running|streaming"))
                .map(member -> member.get("Member").getAsString())).contains(hosts);
    }

    private static List<String> etcdMembers() {
        return Lab.on("course-etcd1", "pgha-etcdctl", "member", "list").ok().out().lines()
                .map(line -> line.split(", ")).map(fields -> fields[2] + " " + fields[1] + " " + fields[5]).sorted().toList();
    }

    /** Of its MAC address: Proxmox makes up one for each machine. */
    private static String machine(int vmId) {
        return Lab.api("GET", Lab.machine(vmId) + "/config").ok().out()
                .replaceAll(".*virtio=([0-9A-F:]+).*", "$1").strip();
    }

    @Test
    @Order(1)
    void theLeadersMachineAndOneOfEtcdAreBuiltAnew() {
        String leader = leader();
        List<Integer> vmIds = List.of(111 + Lab.POSTGRES.indexOf(leader), 103);
        List<String> before = vmIds.stream().map(LifecycleIT::machine).toList();
        var file = StackFile.read();
        rebuild(file, "postgresHosts", leader);
        rebuild(file, "etcdHosts", "course-etcd3");
        file.write();
        up().ok();
        assertThat(vmIds.stream().map(LifecycleIT::machine)).hasSize(2).doesNotContainAnyElementsOf(before);
        assertThat(etcdMembers()).containsExactly(
                "course-etcd1 started false", "course-etcd2 started false", "course-etcd3 started false");
        assertThat(leader()).isNotEmpty().isNotEqualTo(leader);
        streaming("course-pg1", "course-pg2", "course-pg3");
        Lab.changesNothing();
        // It leads again for the next test: what let it hand over runs once more when the first host of etcd is a new one.
        handOverTo(leader);
    }

    @Test
    @Order(2)
    void machinesThatWereLostComeBack() throws InterruptedException {
        String leader = leader();
        int standby = 111 + (Lab.POSTGRES.indexOf(leader) + 1) % 3;
        // The first of them balances, too, and holds the virtual address.
        for (int lost : List.of(101, standby)) {
            Lab.loseMachine(lost);
        }
        begin();
        Lab.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok();
        up().ok();
        streaming("course-pg1", "course-pg2", "course-pg3");
        assertThat(leader()).isEqualTo(leader);
        assertThat(etcdMembers()).containsExactly(
                "course-etcd1 started false", "course-etcd2 started false", "course-etcd3 started false");
        Lab.changesNothing();
    }

    @Test
    @Tag("long")
    @Order(9)
    void packagesAreUpdatedInTurns() {
        // What is installed calls itself an older version, so that the mirror has a newer one of each.
        var packages = Map.of("course-etcd1", "haproxy", "course-etcd2", "etcd-server", "course-etcd3", "etcd-server",
                "course-pg1", "postgresql-17", "course-pg2", "patroni", "course-pg3", "postgresql-17");
        packages.forEach((host, name) -> Lab.on(host, "sed", "-i", "/^Package: " + name + "$/,/^$/s/^Version: .*/&~old/",
                "/var/lib/dpkg/status").ok());
        String asked = "dpkg-query -W -f '${Version}\\n' ";
        packages.forEach((host, name) ->
                assertThat(Lab.on(host, "sh", "-c", asked + name).ok().out()).endsWith("~old\n"));
        var before = started(packages.keySet());
        String leader = leader();
        StackFile.read().set("update", 1).write();
        up().ok();
        packages.forEach((host, name) ->
                assertThat(Lab.on(host, "sh", "-c", asked + name).ok().out()).doesNotContain("~old"));
        assertThat(started(packages.keySet())).allSatisfy((host, at) -> assertThat(at).isNotEqualTo(before.get(host)));
        assertThat(leader()).isNotEqualTo(leader);
        streaming("course-pg1", "course-pg2", "course-pg3");
        Lab.changesNothing();
    }

    /** When the service of a host that is updated above started. */
    private static Map<String, String> started(Set<String> hosts) {
        var started = new TreeMap<String, String>();
        hosts.forEach(host -> started.put(host, Lab.on(host, "systemctl", "show", "--value", "-p",
                "ActiveEnterTimestampMonotonic", host.contains("pg") ? "patroni" : host.endsWith("1") ? "haproxy" : "etcd")
                .ok().out().strip()));
        return started;
    }

    @Test
    @Order(3)
    void twoAtOnceAreRefused() {
        begin();
        var before = StackFile.read();
        var file = StackFile.read();
        rebuild(file, "postgresHosts", "course-pg1");
        rebuild(file, "postgresHosts", "course-pg2");
        file.write();
        String said = up().failed().said();
        before.write();
        assertThat(said).contains("postgresHosts: 'course-pg1' and 'course-pg2' must not go or be built anew in one `up`: "
                + "one after the other");
        assertThat(said).doesNotContain("give-way");
        Lab.changesNothing();
    }

    @Test
    @Tag("long")
    @Order(10)
    void growsToFiveEach() {
        var file = StackFile.read();
        file.list("etcdHosts").addAll(List.of(host("course-etcd4", "192.168.125.81/23", 104),
                host("course-etcd5", "192.168.125.82/23", 105)));
        file.list("postgresHosts").addAll(List.of(host("course-pg4", "192.168.124.230/23", 114),
                host("course-pg5", "192.168.124.231/23", 115)));
        file.list("balancerHosts").add("course-etcd4");
        file.write();
        String started = "systemctl show --value -p ActiveEnterTimestampMonotonic etcd";
        String before = Lab.on("course-etcd2", "sh", "-c", started).ok().out();
        String leader = leader();
        up().ok();
        assertThat(leader()).isEqualTo(leader);
        streaming("course-pg1", "course-pg2", "course-pg3", "course-pg4", "course-pg5");
        assertThat(etcdMembers()).containsExactly("course-etcd1 started false", "course-etcd2 started false",
                "course-etcd3 started false", "course-etcd4 started false", "course-etcd5 started false");
        assertThat(Lab.on("course-etcd2", "sh", "-c", started).ok().out()).isEqualTo(before);
        Lab.changesNothing();
    }

    @Test
    @Tag("long")
    @Order(11)
    void theLeaderIsTakenOut() {
        for (String leaves : List.of("course-pg5", "course-pg4")) {
            handOverTo(leaves);
            var file = StackFile.read();
            file.list("postgresHosts").remove(file.host("postgresHosts", leaves));
            file.write();
            up().ok();
            assertThat(leader()).isNotEmpty().isNotEqualTo(leaves);
        }
        streaming("course-pg1", "course-pg2", "course-pg3");
        assertThat(Lab.machines()).doesNotContain("course-pg4", "course-pg5");
        Lab.changesNothing();
    }

    @Test
    @Tag("long")
    @Order(12)
    void etcdShrinksToThree() {
        var file = StackFile.read();
        file.list("balancerHosts").remove("course-etcd4");
        file.write();
        up().ok();
        file.list("etcdHosts").remove(file.host("etcdHosts", "course-etcd4"));
        file.list("etcdHosts").remove(file.host("etcdHosts", "course-etcd5"));
        file.write();
        up().ok();
        assertThat(etcdMembers()).containsExactly(
                "course-etcd1 started false", "course-etcd2 started false", "course-etcd3 started false");
        assertThat(Lab.machines()).doesNotContain("course-etcd4", "course-etcd5");
        Lab.changesNothing();
    }

    @Test
    @Tag("long")
    @Order(15)
    void anotherHostBalances() {
        var former = StackFile.read();
        StackFile.read().set("balancerHosts", List.of("course-etcd3", "course-etcd2")).write();
        up().ok();
        assertThat(Lab.on("course-etcd1", "systemctl", "is-active", "haproxy", "keepalived").failed().out())
                .doesNotContain("active\nactive");
        assertThat(Lab.on("course-etcd1", "ip", "-br", "address").ok().out()).doesNotContain("192.168.125.250");
        assertThat(Lab.on("course-etcd3", "ip", "-br", "address").ok().out()).contains("192.168.125.250");
        Lab.changesNothing();
        // And back, where other tests expect them.
        former.write();
        up().ok();
    }

    @Test
    @Tag("long")
    @Order(13)
    void everyMachineGetsMoreMemoryAndAGuestAgent() {
        StackFile.read().set("guestAgent", true).write();
        everyMachineGets(3072, "768MB");
    }

    /** The agent is there by now, so machines shut down in good order. */
    @Test
    @Tag("long")
    @Order(14)
    void everyMachineGetsLessMemory() {
        everyMachineGets(2048, "512MB");
    }

    private void everyMachineGets(int memoryMb, String sharedBuffers) {
        var file = StackFile.read();
        Stream.of("etcdHosts", "postgresHosts").flatMap(key -> file.<Map<String, Object>>list(key).stream())
                .forEach(host -> host.put("memoryMb", memoryMb));
        file.write();
        int timeline = timeline();
        String said = up().ok().out();
        streaming("course-pg1", "course-pg2", "course-pg3");
        assertThat(awayAtOnce(said)).isEqualTo(1);
        // At most two for the restarts of the machines, and one for PostgreSQL's parameters, which follow the memory.
        assertThat(timeline() - timeline).isBetween(1, 3);
        for (String host : Lab.POSTGRES) {
            assertThat(Lab.on(host, "runuser", "-u", "postgres", "--", "psql", "-XAtqc", "SHOW shared_buffers").ok().out()
                    .strip()).as(host).isEqualTo(sharedBuffers);
        }
        for (int vmId : List.of(101, 102, 103, 111, 112, 113)) {
            assertThat(Lab.api("GET", Lab.machine(vmId) + "/config").ok().out())
                    .contains("\"memory\":\"" + memoryMb + "\"");
        }
        Lab.changesNothing();
    }

    private static int timeline() {
        return members().mapToInt(member -> member.get("TL").getAsInt()).max().orElseThrow();
    }

    /** The most machines that were between the begin of their change and the sign that they serve again, as Pulumi says. */
    private static int awayAtOnce(String up) {
        var away = new HashSet<String>();
        int most = 0;
        var step = Pattern.compile("VmLegacy (\\S+) updating|Command (\\S+)-after-resize (?:created|updated)").matcher(up);
        while (step.find()) {
            if (step.group(1) != null) {
                away.add(step.group(1));
            } else {
                away.remove(step.group(2));
            }
            most = Math.max(most, away.size());
        }
        assertThat(away).isEmpty();
        return most;
    }
}
