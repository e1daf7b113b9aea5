package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Machines are built anew, lost, added, made larger and taken out, while a client writes. Each test goes on from the last. */
@Order(40)
class LifecycleIT extends WhileAClientWrites {
    /** A planned switchover takes a second or two, a failover without fencing 20; this is for a machine that does much else. */
    private static final long LONGEST_GAP_MS = 30_000;

    /** Instead of the same lists in the stack's file, all of them. A lower number of rebuilds is refused, so it stays. */
    private final Map<String, String> values = new TreeMap<>();

    LifecycleIT() {
        super(LONGEST_GAP_MS);
        host("etcdHosts[0]", "course-etcd1", "192.168.125.13/23", 101);
        host("etcdHosts[1]", "course-etcd2", "192.168.125.79/23", 102);
        host("etcdHosts[2]", "course-etcd3", "192.168.125.80/23", 103);
        host("postgresHosts[0]", "course-pg1", "192.168.124.248/23", 111);
        host("postgresHosts[1]", "course-pg2", "192.168.124.237/23", 112);
        host("postgresHosts[2]", "course-pg3", "192.168.124.249/23", 113);
        values.put("balancerHosts[0]", "course-etcd1");
        values.put("balancerHosts[1]", "course-etcd2");
    }

    private Run up() {
        return up(settings());
    }

    private void changesNothing() {
        pulumi(settings(), "preview", "--stack", "dev", "--expect-no-changes").ok();
    }

    private Stream<String> settings() {
        return values.entrySet().stream().map(value -> "pgha-lab:" + value.getKey() + "=" + value.getValue());
    }

    private void host(String place, String name, String address, int vmId) {
        values.put(place + ".name", name);
        values.put(place + ".address", address);
        values.put(place + ".vmId", Integer.toString(vmId));
    }

    private void noHost(String place) {
        values.keySet().removeIf(key -> key.startsWith(place + "."));
    }

    private static String leader() {
        return members().filter(member -> member.get("Role").getAsString().equals("Leader"))
                .map(member -> member.get("Member").getAsString()).collect(Collectors.joining(" "));
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
        return Lab.api("GET", "/nodes/pve/qemu/" + vmId + "/config").ok().out().replaceAll(".*virtio=([0-9A-F:]+).*", "$1").strip();
    }

    @Test
    @Order(1)
    void theLeadersMachineIsBuiltAnew() {
        String leader = leader();
        int index = Lab.POSTGRES.indexOf(leader);
        String before = machine(111 + index);
        values.put("postgresHosts[" + index + "].rebuild", "1");
        up().ok();
        assertThat(machine(111 + index)).isNotEqualTo(before);
        assertThat(leader()).isNotEmpty().isNotEqualTo(leader);
        streaming("course-pg1", "course-pg2", "course-pg3");
        changesNothing();
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
        changesNothing();
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
        values.put("update", "1");
        up().ok();
        packages.forEach((host, name) ->
                assertThat(Lab.on(host, "sh", "-c", asked + name).ok().out()).doesNotContain("~old"));
        assertThat(started(packages.keySet())).allSatisfy((host, at) -> assertThat(at).isNotEqualTo(before.get(host)));
        assertThat(leader()).isNotEqualTo(leader);
        streaming("course-pg1", "course-pg2", "course-pg3");
        changesNothing();
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
        var before = Map.copyOf(values);
        for (int index : List.of(0, 1)) {
            values.merge("postgresHosts[" + index + "].rebuild", "1", (old, one) -> Integer.toString(Integer.parseInt(old) + 1));
        }
        String said = up().failed().said();
        values.clear();
        values.putAll(before);
        assertThat(said).contains("postgresHosts: 'course-pg1' and 'course-pg2' must not go, restart with another size or be "
                + "built anew in one `up`: one after the other");
        assertThat(said).doesNotContain("give-way");
        changesNothing();
    }

    @Test
    @Tag("long")
    @Order(10)
    void growsToFiveEach() {
        host("etcdHosts[3]", "course-etcd4", "192.168.125.81/23", 104);
        host("etcdHosts[4]", "course-etcd5", "192.168.125.82/23", 105);
        host("postgresHosts[3]", "course-pg4", "192.168.124.230/23", 114);
        host("postgresHosts[4]", "course-pg5", "192.168.124.231/23", 115);
        values.put("balancerHosts[2]", "course-etcd4");
        String started = "systemctl show --value -p ActiveEnterTimestampMonotonic etcd";
        String before = Lab.on("course-etcd2", "sh", "-c", started).ok().out();
        String leader = leader();
        up().ok();
        assertThat(leader()).isEqualTo(leader);
        streaming("course-pg1", "course-pg2", "course-pg3", "course-pg4", "course-pg5");
        assertThat(etcdMembers()).containsExactly("course-etcd1 started false", "course-etcd2 started false",
                "course-etcd3 started false", "course-etcd4 started false", "course-etcd5 started false");
        assertThat(Lab.on("course-etcd2", "sh", "-c", started).ok().out()).isEqualTo(before);
        changesNothing();
    }

    @Test
    @Tag("long")
    @Order(11)
    void theLeaderIsTakenOut() {
        for (String last : List.of("4", "3")) {
            String leaves = last.equals("4") ? "course-pg5" : "course-pg4";
            Lab.on("course-pg1", "patronictl", "switchover", "--leader", leader(), "--candidate", leaves, "--force").ok();
            assertThat(leader()).isEqualTo(leaves);
            noHost("postgresHosts[" + last + "]");
            up().ok();
            assertThat(leader()).isNotEmpty().isNotEqualTo(leaves);
        }
        streaming("course-pg1", "course-pg2", "course-pg3");
        assertThat(Lab.api("GET", "/nodes/pve/qemu").ok().out()).doesNotContain("course-pg4", "course-pg5");
        changesNothing();
    }

    @Test
    @Tag("long")
    @Order(12)
    void etcdShrinksToThree() {
        values.remove("balancerHosts[2]");
        noHost("etcdHosts[3]");
        noHost("etcdHosts[4]");
        up().ok();
        assertThat(etcdMembers()).containsExactly(
                "course-etcd1 started false", "course-etcd2 started false", "course-etcd3 started false");
        assertThat(Lab.api("GET", "/nodes/pve/qemu").ok().out()).doesNotContain("course-etcd4", "course-etcd5");
        changesNothing();
    }

    @Test
    @Tag("long")
    @Order(14)
    void anotherHostBalances() {
        values.put("balancerHosts[0]", "course-etcd3");
        up().ok();
        assertThat(Lab.on("course-etcd1", "systemctl", "is-active", "haproxy", "keepalived").failed().out())
                .doesNotContain("active\nactive");
        assertThat(Lab.on("course-etcd1", "ip", "-br", "address").ok().out()).doesNotContain("192.168.125.250");
        assertThat(Lab.on("course-etcd3", "ip", "-br", "address").ok().out()).contains("192.168.125.250");
        changesNothing();
    }

    @Test
    @Tag("long")
    @Order(13)
    void aMemberGetsMoreMemory() {
        int index = Lab.POSTGRES.indexOf(leader());
        values.put("postgresHosts[" + index + "].memoryMb", "3072");
        up().ok();
        streaming("course-pg1", "course-pg2", "course-pg3");
        assertThat(Lab.on(Lab.POSTGRES.get(index), "runuser", "-u", "postgres", "--", "psql", "-XAtqc",
                "SHOW shared_buffers").ok().out().strip()).isEqualTo("768MB");
        assertThat(Lab.api("GET", "/nodes/pve/qemu/" + (111 + index) + "/config").ok().out()).contains("\"memory\":\"3072\"");
        changesNothing();
    }
}
