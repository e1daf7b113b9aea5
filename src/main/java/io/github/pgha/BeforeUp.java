package io.github.pgha;

import io.github.pgha.proxmox.FormerMachines;
import io.github.pgha.readiness.HostLook;
import io.github.pgha.readiness.NotReadyException;
import io.github.pgha.readiness.Plan;
import io.github.pgha.readiness.Readiness;
import io.github.pgha.readiness.RunningHost;
import io.github.pgha.readiness.RunningHost.Fate;
import io.github.pgha.readiness.Verdict;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What an {@code up} finds out before it asks the engine for anything: what it must not do at all, and whether the cluster is in
 * a state in which it can end well. Who changes nothing is only told what is wrong, and doesn't wait for it.
 *
 * @param past   what the machines went through
 * @param lastUp what the next {@code up} is to know of this one
 * @param former what the stack says of the cluster
 * @param notes  what there is to tell the user once it is known; it is waited for before the run ends
 * @param notice tells the user something
 */
record BeforeUp(Past past, LastUp lastUp, FormerOutputs former, CompletableFuture<List<String>> notes,
        Consumer<String> notice) {
    private static final CompletableFuture<List<String>> NOTHING = CompletableFuture.completedFuture(List.of());

    /** What came of a look. */
    private record Seen(Set<String> leftOut, CompletableFuture<List<String>> notes) {
        static final Seen NOBODY = new Seen(Set.of(), NOTHING);
    }

    /** Of a cluster of which nobody knows anything. */
    static BeforeUp unknown(Past past, LastUp lastUp) {
        return new BeforeUp(past, lastUp, FormerOutputs.NONE, NOTHING, text -> {});
    }

    /**
     * Looks.
     *
     * @throws io.github.pgha.rules.InvalidInputException with a sentence for each thing that may not become of the cluster
     * @throws NotReadyException with a sentence for each thing that would let the {@code up} fail
     */
    static BeforeUp of(PostgresClusterArgs args, Optional<FormerCluster> former) {
        if (former.isEmpty()) {
            return unknown(Past.UNKNOWN, LastUp.of(args, Set.of()));
        }
        FormerCluster known = former.get();
        known.check(args);
        Set<String> lost = args.hosts() instanceof VirtualHosts virtual
                ? FormerMachines.check(known.machines(virtual), virtual.site().pool(), System.getenv(), known::notice)
                : Set.of();
        Seen seen = known.login().map(login -> look(args, known, login, lost)).orElse(Seen.NOBODY);
        return new BeforeUp(known.past(args, lost).without(seen.leftOut()), LastUp.of(args, seen.leftOut()), known.outputs(),
                seen.notes(), known::notice);
    }

    private static Seen look(PostgresClusterArgs args, FormerCluster known, FormerCluster.Login login, Set<String> lost) {
        List<RunningHost> hosts = known.running(args, lost);
        if (hosts.isEmpty()) {
            return Seen.NOBODY;
        }
        var look = new HostLook(HostLook.PATIENCE);
        Map<String, Optional<String>> reached = look.reach(hosts);
        Set<String> away = hosts.stream().filter(host -> host.fate() == Fate.STAYS && reached.get(host.name()).isPresent())
                .map(RunningHost::name).collect(Collectors.toSet());
        Plan plan = plan(args, hosts, known.lastUp(), LastUp.of(args, away));
        if (!plan.changes() && away.isEmpty() && hosts.stream().allMatch(host -> host.fate() == Fate.STAYS)) {
            return new Seen(Set.of(), CompletableFuture.supplyAsync(() -> judge(args, look, plan, reached, login).notes()));
        }
        Verdict verdict = judge(args, look, plan, reached, login);
        verdict.notes().forEach(known::notice);
        if (!verdict.problems().isEmpty()) {
            throw new NotReadyException(verdict.problems());
        }
        return new Seen(verdict.leftOut(), NOTHING);
    }

    private static Verdict judge(PostgresClusterArgs args, HostLook look, Plan plan, Map<String, Optional<String>> reached,
            FormerCluster.Login login) {
        try {
            String vip = plan.changes() ? args.frontend().vipAddress() : "";
            return Readiness.of(plan, look.ask(plan.hosts(), reached, vip, args.patroniKeys(), login.privateKey(),
                    Optional.ofNullable(System.getenv("SSH_AUTH_SOCK")).filter(agent -> !agent.isEmpty())));
        } catch (IOException e) {
            return new Verdict(List.of(), List.of("the hosts couldn't be looked at before this `up`: " + e.getMessage()),
                    Set.of());
        }
    }

    /** Who left somebody out whom it can reach again has something to do. */
    static Plan plan(PostgresClusterArgs args, List<RunningHost> hosts, Optional<LastUp> last, LastUp now) {
        boolean everywhere = last.filter(was -> was.together().equals(now.together())).isEmpty();
        boolean mends = last.filter(was -> was.repair() == now.repair()).isEmpty();
        boolean changes = everywhere || mends
                || last.filter(was -> was.single().equals(now.single()) && now.without().containsAll(was.without())).isEmpty();
        return new Plan(hosts, args.frontend().vipAddress(), changes, everywhere, mends || everywhere,
                (mends || everywhere) && now.repair() > 0);
    }
}
