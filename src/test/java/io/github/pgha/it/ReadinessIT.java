package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An {@code up} that couldn't end isn't begun, and goes on without a member that is off, while a client writes. */
@Order(6)
class ReadinessIT extends WhileAClientWrites {
    private static final long LONGEST_GAP_MS = 20_000;
    /** A refusal takes a few seconds, on a machine that does much else some more; a host's time-out would be minutes. */
    private static final long SOON_MS = 60_000;
    private static final String WORK_MEM = "pgha-lab:postgresParameters.work_mem=16MB";
    private static final String TAKEN = "192.168.125.200";

    ReadinessIT() {
        super(LONGEST_GAP_MS);
    }

    private static String workMem(String host) {
        return Lab.on(host, "runuser", "-u", "postgres", "--", "psql", "-XAtqc", "SHOW work_mem").ok().out().strip();
    }

    private static void streams(String member) throws InterruptedException {
        Lab.await(member + " streams", () -> members().anyMatch(other -> other.get("Member").getAsString().equals(member)
                && other.get("State").getAsString().equals("streaming")));
    }

    /** What an `up` says that is refused at once. */
    private String refused(String... values) {
        long started = System.currentTimeMillis();
        String said = up(Stream.of(values)).failed().said();
        assertThat(System.currentTimeMillis() - started).isLessThan(SOON_MS);
        assertThat(said).contains("the `up` doesn't begin, since it couldn't end, and nothing was changed:");
        return said;
    }

    @Test
    @Order(1)
    void whatStandsInTheWayIsSaidAtOnce() {
        Lab.on("course-pg1", "patronictl", "pause", "--wait").ok();
        Lab.run("ip", "address", "add", TAKEN + "/32", "dev", "vmbr0").ok();
        String said;
        try {
            said = refused(WORK_MEM, "pgha-lab:vip=" + TAKEN + "/23");
        } finally {
            Lab.run("ip", "address", "del", TAKEN + "/32", "dev", "vmbr0").ok();
            Lab.on("course-pg1", "patronictl", "resume", "--wait").ok();
        }
        assertThat(said).contains("vip '" + TAKEN + "' must be an address that is free", "the cluster is paused",
                "patronictl resume");
        Lab.POSTGRES.forEach(host -> Lab.on(host, "grep", "-rq", "16MB", "/etc/patroni").failed());
        Lab.ETCD.subList(0, 2).forEach(host -> Lab.on(host, "grep", "-q", TAKEN, "/etc/keepalived/keepalived.conf").failed());
        Lab.changesNothing();
    }

    @Test
    @Tag("long")
    @Order(2)
    void aStandbyThatIsOffIsLeftOutAndGetsItsShareLater() throws InterruptedException {
        String off = members().filter(member -> !member.get("Role").getAsString().equals("Leader"))
                .map(member -> member.get("Member").getAsString()).filter(name -> !name.equals("course-pg1")).findFirst()
                .orElseThrow();
        int vmId = 111 + Lab.POSTGRES.indexOf(off);
        Lab.powerOff(vmId);
        try {
            assertThat(up(Stream.of(WORK_MEM)).ok().said()).contains("host '" + off + "' (", "is left out");
            Lab.POSTGRES.stream().filter(host -> !host.equals(off)).forEach(host -> assertThat(workMem(host)).isEqualTo("16MB"));
            // Its entry in etcd has ended by then.
            Lab.await(off + " is away", () -> Lab.make("status").said().contains("etcd has forgotten it; its host doesn't "
                    + "answer"));
        } finally {
            Lab.api("POST", Lab.machine(vmId) + "/status/start").ok();
        }
        streams(off);
        assertThat(workMem(off)).isEqualTo("4MB");
        assertThat(up(Stream.of(WORK_MEM)).ok().said()).doesNotContain("left out");
        assertThat(workMem(off)).isEqualTo("16MB");
        up(Stream.of()).ok();
        Lab.changesNothing();
    }

    @Test
    @Tag("long")
    @Order(3)
    void mostOfEtcdIsLostForGood() throws InterruptedException {
        for (int vmId : List.of(101, 103)) {
            Lab.loseMachine(vmId);
        }
        begin();
        assertThat(refused(WORK_MEM)).contains("etcd has no majority of its 3 members",
                "run `pgha-etcd-new-majority` as root on 'course-etcd2'");
        assertThat(Lab.on("course-etcd2", "pgha-etcd-new-majority").ok().out()).contains("etcd has a majority again");
        // Not twice.
        assertThat(Lab.on("course-etcd2", "pgha-etcd-new-majority").failed().said()).contains("etcd has a majority (");
        Lab.pulumi("refresh", "--stack", "dev", "--yes", "--skip-preview").ok();
        up(Stream.of()).ok();
        assertThat(Lab.on("course-etcd1", "pgha-etcdctl", "member", "list").ok().out().lines()
                .map(line -> line.replaceAll("^[^,]*, (\\w+), ([\\w-]+), .*, (\\w+)$", "$2 $1 $3")).sorted())
                .containsExactly("course-etcd1 started false", "course-etcd2 started false", "course-etcd3 started false");
        for (String member : Lab.POSTGRES) {
            Lab.await(member + " serves", () -> members().anyMatch(other -> other.get("Member").getAsString().equals(member)
                    && other.get("State").getAsString().matches("running|streaming")));
        }
        Lab.changesNothing();
    }
}
