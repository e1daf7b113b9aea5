package io.github.pgha.drills.cluster;

import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A cluster as it was found at one moment.
 *
 * @param patroni    what Patroni says; empty if no member answers
 * @param states     what each member says of itself, see {@link Patroni#states}
 * @param etcd       names of the etcd members that answer and know a leader
 * @param etcdLeader name of the one that leads
 * @param balancers  what was found on each balancer that could be reached, by its name
 * @param service    what is wrong with queries through the virtual address, one sentence each
 */
public record Snapshot(Optional<Patroni.View> patroni, Map<String, String> states, Set<String> etcd,
        Optional<String> etcdLeader, Map<String, Balancer> balancers, List<String> service) {

    /**
     * A balancer.
     *
     * @param holdsVip   whether the virtual address is on one of its interfaces
     * @param deadUnits  those of HAProxy and keepalived that don't run, as {@code UNIT is STATE}
     */
    public record Balancer(boolean holdsVip, List<String> deadUnits) {}

    /** Name of the member that leads. */
    public Optional<String> leader() {
        return patroni.flatMap(Patroni.View::leader).map(Member::name);
    }

    /** The leader's timeline; 0 if it isn't known. */
    public int timeline() {
        return patroni.flatMap(Patroni.View::leader).map(Member::timeline).orElse(0);
    }

    /** Name of the balancer that holds the virtual address, if exactly one does. */
    public Optional<String> vipHolder() {
        List<String> holders = vipHolders();
        return holders.size() == 1 ? Optional.of(holders.get(0)) : Optional.empty();
    }

    private List<String> vipHolders() {
        return balancers.entrySet().stream().filter(entry -> entry.getValue().holdsVip()).map(Map.Entry::getKey)
                .sorted().toList();
    }

    /** What the cluster lacks to be whole: one sentence each; none if it is. */
    public List<String> lacks(Stack stack) {
        List<String> lacks = new ArrayList<>(lacks(stack, patroni));
        patroni.ifPresent(view -> lacks.addAll(lacks(stack, view, states)));
        for (Host host : stack.with(Host.ETCD)) {
            if (!etcd.contains(host.name())) {
                lacks.add("etcd on " + host + " isn't healthy");
            }
        }
        for (Host host : stack.with(Host.BALANCER)) {
            Balancer balancer = balancers.get(host.name());
            if (balancer == null) {
                lacks.add("the balancer " + host + " can't be reached over SSH");
            } else {
                balancer.deadUnits().forEach(unit -> lacks.add("on " + host + " " + unit));
            }
        }
        List<String> holders = vipHolders();
        if (holders.isEmpty()) {
            lacks.add("no balancer holds the virtual address " + stack.vip());
        } else if (holders.size() > 1) {
            lacks.add("the virtual address " + stack.vip() + " is held by "
                    + String.join(" and ", holders) + " at once");
        }
        lacks.addAll(service);
        return lacks;
    }

    /** What Patroni's members lack by their records in etcd alone; see {@link #lacks(Stack)}. */
    static List<String> lacks(Stack stack, Optional<Patroni.View> patroni) {
        if (patroni.isEmpty()) {
            return List.of("no member answers on Patroni's REST interface");
        }
        List<String> lacks = new ArrayList<>();
        List<Member> members = patroni.get().members();
        List<String> leaders = members.stream().filter(Member::leads).map(Member::name).sorted().toList();
        if (leaders.isEmpty()) {
            lacks.add("no member leads");
        } else if (leaders.size() > 1) {
            lacks.add(String.join(" and ", leaders) + " lead at once");
        }
        for (Member member : members) {
            String wanted = member.leads() ? "running" : "streaming";
            if (!member.state().equals(wanted)) {
                lacks.add((member.leads() ? "the leader " : "the standby ") + member.name() + " is '" + member.state()
                        + "', not " + wanted);
            }
        }
        for (Host host : stack.with(Host.POSTGRES)) {
            if (members.stream().noneMatch(member -> is(member, host))) {
                lacks.add("Patroni doesn't know the member " + host);
            }
        }
        Set<Integer> timelines = members.stream().map(Member::timeline).collect(Collectors.toCollection(TreeSet::new));
        if (timelines.size() > 1) {
            lacks.add("the members are on different timelines: " + timelines);
        }
        if (patroni.get().paused()) {
            lacks.add("Patroni is paused, so nothing would fail over");
        }
        return lacks;
    }

    /** What they lack by their own words: the record of one that died without a word says for a while that all is well. */
    static List<String> lacks(Stack stack, Patroni.View view, Map<String, String> states) {
        List<String> lacks = new ArrayList<>();
        for (Host host : stack.with(Host.POSTGRES)) {
            String state = states.get(host.name());
            if (state == null) {
                lacks.add("Patroni on " + host + " doesn't answer");
                continue;
            }
            view.members().stream().filter(member -> is(member, host)).findFirst().ifPresent(member -> {
                String wanted = member.leads() ? "running" : "streaming";
                if (!state.equals(wanted)) {
                    lacks.add((member.leads() ? "the leader " : "the standby ") + host + " says of itself that it is '"
                            + state + "', not " + wanted);
                }
            });
        }
        return lacks;
    }

    static boolean is(Member member, Host host) {
        return member.name().equals(host.name()) || member.host().equals(host.address());
    }
}
