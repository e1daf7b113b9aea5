package io.github.pgha;

import com.pulumi.Context;
import com.pulumi.resources.StackReference;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostSpec;
import io.github.pgha.proxmox.FormerMachines;
import io.github.pgha.proxmox.Made;
import io.github.pgha.proxmox.Site;
import io.github.pgha.proxmox.VirtualMachines;
import io.github.pgha.proxmox.VmSpec;
import io.github.pgha.readiness.RunningHost;
import io.github.pgha.readiness.RunningHost.Fate;
import io.github.pgha.rules.Problems;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The cluster as the last complete {@code up} left it, and what must not be made of it: what can't be changed at all, and
 * what would take away a majority or two copies of the data at once.
 */
public final class FormerCluster {
    private final String clusterName;
    private final List<Machine> machines;
    private final FormerAuthorities authorities;
    private final Optional<Login> login;
    private final Optional<LastUp> lastUp;
    private final FormerOutputs outputs;
    /** Tells the user something in the course of an {@code up}. */
    private final Consumer<String> notice;

    /** A host of it; vm: empty for one that existed already. ssh: empty if the outputs don't tell enough. */
    private record Machine(String name, String address, Optional<Vm> vm, boolean postgres, boolean balancer,
            Optional<SshAccess> ssh) {}

    private record SshAccess(String user, String hostKey, int port, Optional<RunningHost.Jump> jump) {
        static Optional<SshAccess> of(Map<?, ?> host) {
            return host.get("user") instanceof String user && host.get("hostKey") instanceof String hostKey
                    ? Optional.of(new SshAccess(user, hostKey, port(host),
                            host.get("jumpHost") instanceof Map<?, ?> jump ? Optional.of(new RunningHost.Jump(
                                    (String) jump.get("address"), port(jump), (String) jump.get("user"),
                                    (String) jump.get("hostKey"))) : Optional.empty()))
                    : Optional.empty();
        }

        private static int port(Map<?, ?> of) {
            return of.get("port") instanceof Number port ? port.intValue() : Host.SSH_PORT;
        }
    }

    /**
     * How its hosts let people in.
     *
     * @param privateKey empty if it is in an ssh-agent
     */
    record Login(Optional<String> privateKey) {
        @Override
        public String toString() {
            return "Login";
        }
    }

    private record Vm(Optional<String> user, String node, int vmId, int cores, int memoryMb, int diskGb,
            Optional<Boolean> guestAgent, int hardware, int rebuild, Optional<String> rebuilt, int resizes, Made made) {
        static Vm of(Map<?, ?> host) {
            ToIntFunction<String> number = key -> ((Number) host.get(key)).intValue();
            return new Vm(Optional.ofNullable((String) host.get("user")), (String) host.get("node"),
                    number.applyAsInt("vmId"), number.applyAsInt("cores"),
                    number.applyAsInt("memoryMb"), number.applyAsInt("diskGb"),
                    // Versions that didn't tell: what they made had the first hardware, and never restarted in turns.
                    Optional.ofNullable((Boolean) host.get("guestAgent")),
                    host.containsKey("hardware") ? number.applyAsInt("hardware") : 1, number.applyAsInt("rebuild"),
                    Optional.ofNullable((String) host.get("rebuilt")),
                    host.containsKey("resizes") ? number.applyAsInt("resizes") : 0, Made.of(host));
        }

        /** Whether it restarts to become as specified. A disk grows while its machine runs. */
        boolean restarts(VmSpec spec, Site site) {
            return !goes(spec) && (cores != spec.cores() || memoryMb != spec.memoryMb()
                    || hardware != VirtualMachines.HARDWARE
                    || guestAgent.filter(had -> had != site.guestAgent()).isPresent());
        }

        /** Whether it is built anew. */
        boolean goes(VmSpec spec) {
            return rebuild != spec.rebuild();
        }
    }

    private FormerCluster(String clusterName, List<Machine> machines, FormerAuthorities authorities, Optional<Login> login,
            Optional<LastUp> lastUp, FormerOutputs outputs, Consumer<String> notice) {
        this.clusterName = clusterName;
        this.machines = machines;
        this.authorities = authorities;
        this.login = login;
        this.lastUp = lastUp;
        this.outputs = outputs;
        this.notice = notice;
    }

    /**
     * Reads the outputs {@code clusterName}, {@code hosts} and {@code authorities} of the stack that the program runs for. A
     * program of one's own exports them: the name that it gives, {@link PostgresCluster#hosts()} and
     * {@link PostgresCluster#authorities()}. If it exports {@code adminPrivateKey} and {@code lastUp} too
     * ({@link PostgresCluster#adminPrivateKey()}, {@link PostgresCluster#lastUp()}), an {@code up} that changes something
     * looks at the hosts first, and isn't begun if it couldn't end.
     *
     * @param ctx the program's
     * @return empty if the stack has no cluster yet, or one of a version that didn't tell
     */
    public static Optional<FormerCluster> of(Context ctx) {
        return of(new StackReference(String.join("/", ctx.organizationName(), ctx.projectName(), ctx.stackName())),
                ctx.log()::warn);
    }

    /** The same of a stack, in which another cluster may have these outputs. */
    static Optional<FormerCluster> named(String clusterName, StackReference stack) {
        // A component's provider has no log of the stack's; Pulumi shows what it prints.
        return of(stack, System.err::println).filter(former -> former.clusterName.equals(clusterName));
    }

    private static Optional<FormerCluster> of(StackReference stack, Consumer<String> notice) {
        return of(output(stack, StackOutput.CLUSTER_NAME), output(stack, StackOutput.HOSTS),
                output(stack, StackOutput.AUTHORITIES), output(stack, StackOutput.ADMIN_PRIVATE_KEY),
                output(stack, StackOutput.LAST_UP), notice);
    }

    private static Object output(StackReference stack, StackOutput output) {
        var details = stack.outputDetailsAsync(output.key()).join();
        return details.getValue().or(details::getSecretValue).orElse(null);
    }

    /**
     * The same of what a stack's outputs are.
     *
     * @param clusterName the output {@code clusterName}, or null
     * @param hosts       the output {@code hosts}, or null
     * @param authorities the output {@code authorities}, or null
     * @param privateKey  the output {@code adminPrivateKey}, or null
     * @param lastUp      the output {@code lastUp}, or null
     * @param notice      tells the user something in the course of an {@code up}
     * @return empty if the stack has no cluster yet, or one of a version that didn't tell
     */
    static Optional<FormerCluster> of(Object clusterName, Object hosts, Object authorities, Object privateKey, Object lastUp,
            Consumer<String> notice) {
        if (!(clusterName instanceof String name) || !(hosts instanceof Map<?, ?> all)) {
            return Optional.empty();
        }
        return Optional.of(new FormerCluster(name, all.values().stream()
                .map(host -> machine((Map<?, ?>) host)).sorted(Comparator.comparing(Machine::name)).toList(),
                FormerAuthorities.of(authorities),
                privateKey instanceof String key ? Optional.of(new Login(Optional.of(key).filter(text -> !text.isEmpty())))
                        : Optional.empty(), LastUp.parse(lastUp), FormerOutputs.of(hosts, authorities, lastUp), notice));
    }

    private static Machine machine(Map<?, ?> host) {
        List<?> roles = (List<?>) host.get("roles");
        return new Machine((String) host.get("name"), (String) host.get("address"),
                host.containsKey("vmId") ? Optional.of(Vm.of(host)) : Optional.empty(),
                roles.contains("postgres"), roles.contains("balancer"), SshAccess.of(host));
    }

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each thing that may not become of it */
    void check(PostgresClusterArgs wanted) {
        var problems = new Problems();
        problems.require(wanted.database().clusterName(), clusterName::equals,
                "clusterName '%s' must stay '%s', which is written into the data of etcd and PostgreSQL: for another name "
                        + "build a second stack and move the data", clusterName);
        keep(problems, wanted.etcdHosts(), wanted.postgresHosts(), false);
        keep(problems, wanted.postgresHosts(), wanted.etcdHosts(), true);
        if (wanted.hosts() instanceof VirtualHosts virtual) {
            keepUser(problems, virtual);
        }
        taken(problems, Stream.<HostSpec>concat(wanted.etcdHosts().stream(), wanted.postgresHosts().stream()).toList());
        List<String> members = lost(wanted.postgresHosts(), true);
        problems.require(members, hosts -> hosts.size() <= 1,
                "postgresHosts: %2$s must not go or be built anew in one `up`: one after the other", and(members));
        List<String> keepers = lost(wanted.etcdHosts(), false);
        majority(problems, wanted.etcdHosts(), keepers);
        List<String> lost = Stream.of(members, keepers).flatMap(List::stream).toList();
        List<String> restarting = restarting(wanted).map(Machine::name).map(FormerCluster::quoted).toList();
        problems.require(restarting, hosts -> hosts.isEmpty() || lost.isEmpty(),
                "%2$s must not go or be built anew in the `up` in which machines restart to be changed (%3$s): "
                        + "one `up` for each",
                and(lost), and(restarting));
        String balancers = machines.stream().filter(Machine::balancer).map(Machine::name).collect(Collectors.joining("' and '"));
        problems.require(wanted.balancerHosts(),
                names -> machines.stream().anyMatch(former -> former.balancer && names.contains(former.name)),
                "balancerHosts %s must keep one of '%s' in one `up`, so that somebody has the virtual address meanwhile",
                balancers);
        authorities.check(problems, wanted.security());
        problems.orThrow();
    }

    /** What a machine of a name keeps for its life. */
    private void keep(Problems problems, List<? extends HostSpec> specs, List<? extends HostSpec> others, boolean postgres) {
        for (Machine former : former(postgres)) {
            others.stream().filter(spec -> spec.name().equals(former.name)).forEach(spec -> problems.add(
                    "host '%s' must stay in %s: use another name for the new host", former.name,
                    postgres ? "postgresHosts" : "etcdHosts"));
            HostSpec spec = find(specs, former.name).orElse(null);
            if (spec == null) {
                continue;
            }
            String rule = "%2$s '%1$s' of host '%3$s' must stay '%4$s', by which the other members know it: add a host of "
                    + "another name, then take this one out";
            problems.require(spec.ip(), former.address::equals, rule, "address", former.name, former.address);
            if (former.vm.isPresent() && spec instanceof VmSpec vm) {
                keep(problems, former, former.vm.get(), vm, rule);
            } else if (former.vm.isPresent() || spec instanceof VmSpec) {
                problems.add("host '%s' must stay %s: use another name for the other one", former.name,
                        former.vm.isPresent() ? "a virtual machine" : "one that exists already");
            }
        }
    }

    private static void keep(Problems problems, Machine former, Vm was, VmSpec spec, String rule) {
        problems.require(spec.vmId(), id -> id == was.vmId, rule, "vmId", former.name, was.vmId);
        problems.require(spec.diskGb(), size -> size >= was.diskGb,
                "diskGb '%s' of host '%s' must be at least the %s that it has: a disk can't shrink", former.name, was.diskGb);
        problems.require(spec.rebuild(), number -> number >= was.rebuild,
                "rebuild '%s' of host '%s' must be at least the %s that it was", former.name, was.rebuild);
    }

    /** Also one that is built anew keeps the user-data of its creation, and so its user. */
    private void keepUser(Problems problems, VirtualHosts wanted) {
        machines.stream().filter(former -> find(list(wanted, former), former.name).isPresent())
                .flatMap(former -> former.vm.stream()).flatMap(was -> was.user.stream()).distinct()
                .forEach(user -> problems.require(wanted.site().adminUser(), user::equals,
                        "adminUser '%s' must stay '%s', whom the machines were made with: there is no other who could log in",
                        user));
    }

    /** The machine that leaves goes last: nothing of it is free before, and nothing on it stops before. */
    private void taken(Problems problems, List<? extends HostSpec> all) {
        for (Machine former : machines) {
            if (find(all, former.name).isPresent()) {
                continue;
            }
            if (former.balancer) {
                problems.add("host '%s' must leave balancerHosts in an `up` before the one that takes it out: it would answer "
                        + "for the virtual address until its machine is gone", former.name);
            }
            all.forEach(spec -> {
                problems.require(spec.ip(), address -> !address.equals(former.address),
                        "address '%s' of host '%s' is still that of '%s', which leaves: take that out with an `up` before",
                        spec.name(), former.name);
                if (spec instanceof VmSpec vm) {
                    problems.require(vm.vmId(), id -> former.vm.filter(was -> was.vmId == id).isEmpty(),
                            "vmId '%s' of host '%s' is still that of '%s', which leaves: take that out with an `up` before",
                            spec.name(), former.name);
                }
            });
        }
    }

    private void majority(Problems problems, List<? extends HostSpec> specs, List<String> lost) {
        long before = former(false).size();
        long stay = former(false).stream().filter(former -> find(specs, former.name).isPresent()).count();
        problems.require(stay, number -> 2 * number > before,
                "etcdHosts keeps %s of %s members and must keep more than half of them in one `up`", before);
        problems.require(lost, hosts -> hosts.size() <= 1 || stay == before - hosts.size(),
                "etcdHosts: %2$s must not be built anew in one `up`, or while another leaves: one after the other",
                and(lost));
    }

    /** Those whose copy of the data goes, for good or until they have another one. */
    private List<String> lost(List<? extends HostSpec> specs, boolean postgres) {
        return former(postgres).stream()
                .filter(former -> find(specs, former.name).isEmpty() || became(specs, former, Vm::goes))
                .map(Machine::name).map(FormerCluster::quoted).toList();
    }

    private Stream<Machine> restarting(PostgresClusterArgs wanted) {
        if (!(wanted.hosts() instanceof VirtualHosts hosts)) {
            return Stream.empty();
        }
        return machines.stream().filter(former -> became(list(hosts, former), former,
                (was, spec) -> was.restarts(spec, hosts.site())));
    }

    /** Where a machine is, if it still is. */
    private static List<? extends HostSpec> list(Hosts wanted, Machine former) {
        return former.postgres ? wanted.postgres() : wanted.etcd();
    }

    private static boolean became(List<? extends HostSpec> specs, Machine former, BiPredicate<Vm, VmSpec> change) {
        return find(specs, former.name).filter(VmSpec.class::isInstance).map(VmSpec.class::cast)
                .flatMap(spec -> former.vm.filter(was -> change.test(was, spec))).isPresent();
    }

    /**
     * What its machines went through, with what they are about to.
     *
     * @param lost names of those whose machine isn't there any more
     */
    Past past(PostgresClusterArgs wanted, Set<String> lost) {
        Set<String> restart = restarting(wanted).map(Machine::name).collect(Collectors.toSet());
        var resizes = new HashMap<String, Integer>();
        var rebuilds = new HashMap<String, String>();
        var made = new HashMap<String, Made>();
        var recreated = new HashMap<String, String>();
        String now = Instant.now().toString();
        for (Machine former : machines) {
            int times = former.vm.map(Vm::resizes).orElse(0) + (restart.contains(former.name) ? 1 : 0);
            if (times > 0) {
                resizes.put(former.name, times);
            }
            boolean goes = became(list(wanted.hosts(), former), former, Vm::goes);
            (goes ? Optional.of(now) : former.vm.flatMap(Vm::rebuilt)).ifPresent(time -> rebuilds.put(former.name, time));
            former.vm.ifPresent(was -> made.put(former.name, was.made));
            former.vm.filter(was -> goes || lost.contains(former.name)).ifPresent(was -> recreated.put(former.name, was.node));
        }
        return new Past(resizes, rebuilds, machines.stream().map(Machine::name).collect(Collectors.toSet()),
                made, recreated, Set.of());
    }

    /** How its hosts let people in; empty if the stack doesn't export it. */
    Optional<Login> login() {
        return login;
    }

    /** Tells the user of the {@code up} that is about to begin. */
    void notice(String text) {
        notice.accept(text);
    }

    /** What the stack says of it. */
    FormerOutputs outputs() {
        return outputs;
    }

    /** What its last complete {@code up} was made of; empty if the stack doesn't export it. */
    Optional<LastUp> lastUp() {
        return lastUp;
    }

    /**
     * Its hosts that can be looked at.
     *
     * @param lost names of those whose machine isn't there any more
     */
    List<RunningHost> running(PostgresClusterArgs wanted, Set<String> lost) {
        Set<String> restart = restarting(wanted).map(Machine::name).collect(Collectors.toSet());
        return machines.stream().flatMap(former -> former.ssh.stream().map(ssh -> new RunningHost(former.name, former.address,
                ssh.port, ssh.user, ssh.hostKey, ssh.jump, !former.postgres, fate(wanted, former, lost, restart)))).toList();
    }

    private static Fate fate(PostgresClusterArgs wanted, Machine former, Set<String> lost, Set<String> restart) {
        var specs = list(wanted.hosts(), former);
        return lost.contains(former.name) ? Fate.LOST
                : find(specs, former.name).isEmpty() || restart.contains(former.name) || became(specs, former, Vm::goes)
                        ? Fate.CHANGES : Fate.STAYS;
    }

    /** Its machines, and whether they are about to be changed, rebuilt or removed. */
    List<FormerMachines.Machine> machines(VirtualHosts wanted) {
        return machines.stream().flatMap(former -> former.vm.stream().map(was -> new FormerMachines.Machine(former.name, was.vmId,
                was.node, find(list(wanted, former), former.name).isEmpty() || became(list(wanted, former), former,
                        (vm, spec) -> vm.goes(spec) || vm.restarts(spec, wanted.site()) || vm.diskGb != spec.diskGb()))))
                .toList();
    }

    private static String quoted(String name) {
        return "'" + name + "'";
    }

    private static String and(List<String> names) {
        return String.join(" and ", names);
    }

    private List<Machine> former(boolean postgres) {
        return machines.stream().filter(machine -> machine.postgres == postgres).toList();
    }

    private static Optional<HostSpec> find(List<? extends HostSpec> specs, String name) {
        Predicate<HostSpec> named = spec -> Objects.equals(spec.name(), name);
        return specs.stream().map(HostSpec.class::cast).filter(named).findFirst();
    }
}
