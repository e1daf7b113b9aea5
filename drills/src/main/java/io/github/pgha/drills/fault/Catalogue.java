package io.github.pgha.drills.fault;

import static io.github.pgha.drills.fault.Fault.Trait.ELABORATE;
import static io.github.pgha.drills.fault.Fault.Trait.PROXMOX;
import static io.github.pgha.drills.fault.Fault.Trait.SHORT;
import static io.github.pgha.drills.fault.Fault.Trait.VIP_GOES_HOME;
import static io.github.pgha.drills.fault.Hold.Until.LEADER_MOVED;
import static io.github.pgha.drills.fault.Hold.Until.LEADER_STAYS;
import static io.github.pgha.drills.fault.Hold.Until.SETTLED;
import static io.github.pgha.drills.fault.Hold.Until.VIP_MOVED;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All faults, in the order in which they are drilled. */
public final class Catalogue {
    // Longer than any time to live that a member's lock may have by then: it has been given up, or never will be.
    private static final int LEASE = 75;
    // Can't be ended earlier, and must be as long for the leader to lose a lock of any of the timings.
    private static final int ONE_WAY = LEASE;

    private static final List<Fault> BASIC = List.of(
            new Fault("patroni-stop", "Patroni is stopped on the leader (systemctl stop)", "Patroni is started",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(SHORT),
                    (site, roles) -> stop(site, roles.leader(), "patroni")),
            new Fault("haproxy-stop", "HAProxy is stopped on the balancer that holds the virtual address",
                    "HAProxy is started, and the address goes home",
                    Hold.until(VIP_MOVED, 3, 30), Set.of(SHORT, VIP_GOES_HOME),
                    (site, roles) -> stop(site, roles.vipHolder(), "haproxy")),
            new Fault("switchover", "A planned switchover to another member (patronictl switchover)", "nothing to undo",
                    Hold.until(LEADER_MOVED, 2, 30), Set.of(SHORT), Catalogue::switchover),
            new Fault("switchover-reader",
                    "A planned switchover while somebody who reads the leader's write-ahead log says nothing (SIGSTOP)",
                    "The reader is ended", Hold.until(LEADER_MOVED, 2, LEASE), Set.of(), HungReader::switchover),
            new Fault("postgres-kill", "PostgreSQL's postmaster is killed on the leader (SIGKILL)",
                    "Patroni starts it, or another member leads",
                    Hold.until(SETTLED, 3, LEASE), Set.of(SHORT), (site, roles) -> {
                        site.on(roles.leader(), "kill -KILL \"$(pgrep -o -x postgres)\"\n");
                        return () -> start(site, roles.leader(), "patroni");
                    }),
            new Fault("patroni-kill", "Patroni is killed on the leader (SIGKILL)", "systemd or the drill starts it",
                    Hold.until(SETTLED, 3, LEASE), Set.of(SHORT),
                    (site, roles) -> kill(site, roles.leader(), "patroni", "main")),
            new Fault("haproxy-kill", "HAProxy is killed on the balancer that holds the virtual address (SIGKILL)",
                    "systemd or the drill starts it",
                    Hold.seconds(5), Set.of(SHORT), (site, roles) -> kill(site, roles.vipHolder(), "haproxy", "all")),
            new Fault("keepalived-kill",
                    "keepalived is killed on the balancer that holds the virtual address (SIGKILL)",
                    "systemd or the drill starts it",
                    Hold.seconds(5), Set.of(SHORT),
                    (site, roles) -> kill(site, roles.vipHolder(), "keepalived", "all")),
            new Fault("etcd-kill", "The leader of etcd is killed (SIGKILL)", "systemd or the drill starts it",
                    Hold.seconds(5), Set.of(SHORT), (site, roles) -> kill(site, roles.etcdLeader(), "etcd", "all")),
            new Fault("postgres-freeze", "All processes of PostgreSQL on the leader stand still (SIGSTOP)",
                    "They go on (SIGCONT)",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(SHORT), (site, roles) -> {
                        site.on(roles.leader(), "pkill -STOP -x postgres\n");
                        return () -> site.on(roles.leader(), "pkill -CONT -x postgres || true\n");
                    }),
            new Fault("postmaster-freeze",
                    "PostgreSQL's first process on the leader stands still (SIGSTOP): no session can begin",
                    "It goes on (SIGCONT)",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(), (site, roles) -> {
                        site.on(roles.leader(), "kill -STOP \"$(pgrep -o -x postgres)\"\n");
                        return () -> site.on(roles.leader(), "pkill -CONT -x postgres || true\n");
                    }),
            new Fault("patroni-freeze", "Patroni on the leader stands still (SIGSTOP)", "It goes on (SIGCONT)",
                    Hold.until(SETTLED, 3, LEASE), Set.of(), (site, roles) -> {
                        site.on(roles.leader(), "systemctl kill --kill-whom=main -s STOP patroni\n");
                        return () -> site.on(roles.leader(),
                                "systemctl kill --kill-whom=main -s CONT patroni || true\n");
                    }),
            new Fault("storage-freeze",
                    "The file system of the leader's write-ahead log stands still (fsfreeze): no write ends, none fails",
                    "It goes on", Hold.until(LEADER_MOVED, 3, LEASE), Set.of(ELABORATE),
                    StorageFreeze::prepare, StorageFreeze::freeze),
            new Fault("busy-leader",
                    "The leader's processors and disk are as busy as can be for 30 s: it must go on leading",
                    "The load ends", Hold.seconds(LEADER_STAYS, 30), Set.of(), BusyLeader::load),
            new Fault("leader-power", "The leader's power is cut", "It is powered on",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(SHORT, PROXMOX),
                    (site, roles) -> power(site, List.of(roles.leader()))),
            new Fault("vip-power", "The power of the balancer that holds the virtual address is cut",
                    "It is powered on", Hold.until(VIP_MOVED, 3, 30), Set.of(SHORT, PROXMOX),
                    (site, roles) -> power(site, List.of(roles.vipHolder()))),
            new Fault("etcd-power", "The power of etcd's leader is cut", "It is powered on",
                    Hold.seconds(8), Set.of(PROXMOX), (site, roles) -> power(site, List.of(roles.etcdLeader()))),
            new Fault("leader-cable", "The leader's network cable is pulled", "It is plugged in",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(SHORT, PROXMOX),
                    (site, roles) -> cable(site, roles.leader())),
            new Fault("vip-cable", "The network cable of the balancer that holds the virtual address is pulled",
                    "It is plugged in",
                    Hold.until(VIP_MOVED, 3, 30), Set.of(SHORT, PROXMOX),
                    (site, roles) -> cable(site, roles.vipHolder())),
            new Fault("vrrp-silent",
                    "The balancer that holds the virtual address and the others don't hear of each other for 2 s",
                    "It is heard again, a second before it hears", Hold.seconds(5), Set.of(SHORT), SilentAddress::silence),
            new Fault("leader-deaf", "The leader sends but receives nothing",
                    "A timer on it ends that after " + ONE_WAY + " s", Hold.until(LEADER_MOVED, 3, ONE_WAY), Set.of(),
                    (site, roles) -> OneWay.cut(site, roles.leader(), "input", ONE_WAY)),
            new Fault("leader-mute", "The leader receives but can't send",
                    "A timer on it ends that after " + ONE_WAY + " s", Hold.until(LEADER_MOVED, 3, ONE_WAY), Set.of(),
                    (site, roles) -> OneWay.cut(site, roles.leader(), "output", ONE_WAY)),
            new Fault("leader-and-etcd-power", "The power of the leader and of etcd's leader is cut at once",
                    "Both are powered on",
                    Hold.until(LEADER_MOVED, 3, LEASE), Set.of(PROXMOX),
                    (site, roles) -> power(site, List.of(roles.leader(), roles.etcdLeader()))),
            new Fault("etcd-quorum", "Most members of etcd, its leader among them, are stopped: the primary must go on",
                    "They are started",
                    Hold.seconds(35), Set.of(SHORT), Catalogue::etcdQuorum),
            new Fault("disk-full", "The file system of the leader's write-ahead log is filled up to its last block",
                    "What filled it is removed",
                    Hold.until(SETTLED, 5, LEASE), Set.of(ELABORATE),
                    DiskFull::prepare, DiskFull::fill),
            new Fault("cold-start", "The power of all hosts is cut", "All are powered on",
                    Hold.seconds(3), Set.of(SHORT, PROXMOX), (site, roles) -> power(site, site.stack().hosts())));
    private static final List<Fault> FAULTS = Stream.of(BASIC, List.of(NodeLoss.FAULT), Doubts.ALL)
            .flatMap(List::stream).toList();

    private Catalogue() {}

    /** All faults. */
    public static List<Fault> all() {
        return FAULTS;
    }

    /** The faults of the short set. */
    public static List<Fault> shortSet() {
        return FAULTS.stream().filter(fault -> fault.is(SHORT)).toList();
    }

    /**
     * The faults of these names, in their order; a name that ends in a star stands for all that begin so.
     *
     * @throws IllegalArgumentException if there is none of that name; the message lists the names
     */
    public static List<Fault> named(List<String> names) {
        List<Fault> chosen = new ArrayList<>();
        for (String name : names) {
            List<Fault> meant = FAULTS.stream().filter(fault -> name.endsWith("*")
                    ? fault.name().startsWith(name.substring(0, name.length() - 1)) : fault.name().equals(name))
                    .toList();
            if (meant.isEmpty()) {
                throw new IllegalArgumentException("There is no fault '" + name + "'. There are: "
                        + FAULTS.stream().map(Fault::name).collect(Collectors.joining(", ")) + ".");
            }
            chosen.addAll(meant);
        }
        return chosen;
    }

    private static Wound stop(Site site, Host host, String unit) throws IOException {
        site.on(host, "systemctl stop " + unit + "\n");
        return () -> start(site, host, unit);
    }

    private static Wound kill(Site site, Host host, String unit, String whom) throws IOException {
        site.on(host, "systemctl kill --kill-whom=" + whom + " -s KILL " + unit + "\n");
        return () -> start(site, host, unit);
    }

    private static void start(Site site, Host host, String unit) throws IOException {
        // etcd counts as started only when the cluster has a leader, so starting isn't waited for.
        site.on(host, "systemctl reset-failed " + unit + " || true\nsystemctl start --no-block " + unit + "\n");
    }

    static Wound power(Site site, List<Host> hosts) throws IOException, InterruptedException {
        List<Host> each = List.copyOf(new LinkedHashSet<>(hosts));
        try {
            site.powerOff(each);
        } catch (IOException | InterruptedException e) {
            // Some may be off by now.
            site.powerOn(each);
            throw e;
        }
        return () -> site.powerOn(each);
    }

    static Wound cable(Site site, Host host) throws IOException, InterruptedException {
        site.cable(host, false);
        return () -> site.cable(host, true);
    }

    static Wound switchover(Site site, Roles roles) throws IOException {
        Host other = site.stack().with(Host.POSTGRES).stream().filter(host -> !host.equals(roles.leader())).findFirst()
                .orElseThrow(() -> new SkippedException("there is no other member"));
        // Another member than the one asked for is a switchover too: 'Switched over to "X" instead of "Y"'.
        site.on(other, switchover(roles.leader(), other, "witched over to \""));
        return () -> { };
    }

    /**
     * Asks for a switchover, and fails with what Patroni says unless it says what is expected: patronictl's exit code
     * is 0 after a refusal as well.
     */
    static String switchover(Host leader, Host candidate, String expected) {
        return """
                said=$(patronictl switchover --leader %s --candidate %s --force 2>&1) || true
                [[ $said == *'%s'* ]] || { grep -vE '^([+|]|Current cluster topology)' <<<"$said" >&2; exit 1; }
                """.formatted(leader, candidate, expected);
    }

    private static Wound etcdQuorum(Site site, Roles roles) throws IOException {
        List<Host> all = new ArrayList<>(site.stack().with(Host.ETCD));
        all.remove(roles.etcdLeader());
        all.add(0, roles.etcdLeader());
        List<Host> most = all.subList(0, all.size() / 2 + 1);
        Wound wound = () -> {
            for (Host host : most) {
                start(site, host, "etcd");
            }
        };
        try {
            for (Host host : most) {
                site.on(host, "systemctl stop etcd\n");
            }
        } catch (IOException e) {
            try {
                wound.heal();
            } catch (IOException | InterruptedException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
        return wound;
    }
}
