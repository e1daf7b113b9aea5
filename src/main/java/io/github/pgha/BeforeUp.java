package io.github.pgha;

import io.github.pgha.proxmox.FormerMachines;
import io.github.pgha.readiness.Answer;
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
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What an {@code up} finds out before it asks the engine for anything: what it must not do at all, and whether the cluster is in
 * a state in which it can end well. Who changes nothing is only told what is wrong.
 *
 * @param past   what the machines went through
 * @param lastUp what the next {@code up} is to know of this one
 * @param former what the stack says of the cluster
 * @param notice tells the user something
 */
record BeforeUp(Past past, LastUp lastUp, FormerOutputs former, Consumer<String> notice) {
    /**
     * Looks.
     *
     * @throws io.github.pgha.rules.InvalidInputException with a sentence for each thing that may not become of the cluster
     * @throws NotReadyException with a sentence for each thing that would let the {@code up} fail
     */
    static BeforeUp of(PostgresClusterArgs args, Optional<FormerCluster> former) {
        if (former.isEmpty()) {
            return new BeforeUp(Past.UNKNOWN, LastUp.of(args, Set.of()), FormerOutputs.NONE, text -> {});
        }
        FormerCluster known = former.get();
        known.check(args);
        Set<String> lost = args.hosts() instanceof VirtualHosts virtual
                ? FormerMachines.check(known.machines(virtual), virtual.site().pool(), System.getenv(), known::notice)
                : Set.of();
        Set<String> leftOut = known.login().map(login -> look(args, known, login, lost)).orElse(Set.of());
        return new BeforeUp(known.past(args, lost).without(leftOut), LastUp.of(args, leftOut), known.outputs(),
                known::notice);
    }

    private static Set<String> look(PostgresClusterArgs args, FormerCluster known, FormerCluster.Login login, Set<String> lost) {
        List<RunningHost> hosts = known.running(args, lost);
        if (hosts.isEmpty()) {
            return Set.of();
        }
        var look = new HostLook(HostLook.PATIENCE);
        Map<String, Optional<String>> reached = look.reach(hosts);
        Set<String> away = hosts.stream().filter(host -> host.fate() == Fate.STAYS && reached.get(host.name()).isPresent())
                .map(RunningHost::name).collect(Collectors.toSet());
        LastUp now = LastUp.of(args, away);
        Plan plan = plan(args, hosts, known.lastUp(), now);
        Verdict verdict;
        try {
            String vip = plan.changes() ? args.frontend().vipAddress() : "";
            Map<String, Answer> answers = look.ask(hosts, reached, vip, args.patroniKeys(), login.privateKey(),
                    Optional.ofNullable(System.getenv("SSH_AUTH_SOCK")).filter(agent -> !agent.isEmpty()));
            verdict = Readiness.of(plan, answers);
        } catch (IOException e) {
            verdict = new Verdict(List.of(), List.of("the hosts couldn't be looked at before this `up`: " + e.getMessage()),
                    Set.of());
        }
        verdict.notes().forEach(known::notice);
        if (!verdict.problems().isEmpty()) {
            throw new NotReadyException(verdict.problems());
        }
        return verdict.leftOut();
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
