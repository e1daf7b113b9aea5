package io.github.pgha.drills.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.cluster.Snapshot.Balancer;
import io.github.pgha.drills.stack.Stack;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    private static final Stack STACK = TestStack.stack();
    private static final Balancer HOLDER = new Balancer(true, List.of());
    private static final Balancer OTHER = new Balancer(false, List.of());
    private static final Member LEADER = member("p1", "leader", "running", 7);
    private static final Member SECOND = member("p2", "quorum_standby", "streaming", 7);
    private static final Member THIRD = member("p3", "replica", "streaming", 7);

    private static Member member(String name, String role, String state, int timeline) {
        return new Member(name, role, state, "10.0.0.1" + name.charAt(1), 5432, timeline);
    }

    private static Snapshot of(Member... members) {
        return of(Map.of("p1", "running", "p2", "streaming", "p3", "streaming"), members);
    }

    private static Snapshot of(Map<String, String> states, Member... members) {
        return new Snapshot(Optional.of(new Patroni.View(List.of(members), false)), states, Set.of("e1", "e2", "e3"),
                Optional.of("e3"), Map.of("e1", HOLDER, "e2", OTHER), List.of());
    }

    @Test
    void aWholeClusterLacksNothing() {
        Snapshot whole = of(LEADER, SECOND, THIRD);
        assertThat(whole.lacks(STACK)).isEmpty();
        assertThat(whole.leader()).contains("p1");
        assertThat(whole.timeline()).isEqualTo(7);
        assertThat(whole.vipHolder()).contains("e1");
    }

    @Test
    void namesMembers() {
        assertThat(Snapshot.lacks(STACK, of(LEADER, member("p2", "replica", "starting", 6)).patroni())).containsExactly(
                "the standby p2 is 'starting', not streaming", "Patroni doesn't know the member p3",
                "the members are on different timelines: [6, 7]");
        assertThat(Snapshot.lacks(STACK, of(SECOND, THIRD, member("p1", "replica", "stopped", 7)).patroni()))
                .containsExactly("no member leads", "the standby p1 is 'stopped', not streaming");
        assertThat(Snapshot.lacks(STACK, of(LEADER, member("p2", "leader", "running", 7), THIRD).patroni()))
                .containsExactly("p1 and p2 lead at once");
    }

    @Test
    void aRecordIsNotEnough() {
        assertThat(of(Map.of("p1", "running", "p2", "streaming"), LEADER, SECOND, THIRD).lacks(STACK))
                .containsExactly("Patroni on p3 doesn't answer");
        assertThat(of(Map.of("p1", "streaming", "p2", "running", "p3", "starting"), LEADER, SECOND, THIRD)
                .lacks(STACK)).containsExactly(
                        "the leader p1 says of itself that it is 'streaming', not running",
                        "the standby p2 says of itself that it is 'running', not streaming",
                        "the standby p3 says of itself that it is 'starting', not streaming");
        // By its address, whatever its name.
        assertThat(of(Map.of("p1", "running", "p2", "streaming", "p3", "crashed"), LEADER, SECOND,
                new Member("another", "replica", "streaming", "10.0.0.13", 5432, 7)).lacks(STACK))
                .containsExactly("the standby p3 says of itself that it is 'crashed', not streaming");
    }

    @Test
    void namesEverythingElse() {
        var broken = new Snapshot(Optional.empty(), Map.of(), Set.of("e1"), Optional.empty(),
                Map.of("e2", new Balancer(false, List.of("keepalived is failed"))), List.of("a query fails"));
        assertThat(broken.lacks(STACK)).containsExactly(
                "no member answers on Patroni's REST interface",
                "etcd on e2 isn't healthy", "etcd on e3 isn't healthy",
                "the balancer e1 can't be reached over SSH", "on e2 keepalived is failed",
                "no balancer holds the virtual address 10.0.0.50", "a query fails");
    }

    @Test
    void oneAddressHasOneHolder() {
        Snapshot whole = of(LEADER, SECOND, THIRD);
        var twice = new Snapshot(whole.patroni(), whole.states(), Set.of("e1", "e2", "e3"), Optional.of("e3"),
                Map.of("e1", HOLDER, "e2", HOLDER), List.of());
        assertThat(twice.lacks(STACK)).containsExactly("the virtual address 10.0.0.50 is held by e1 and e2 at once");
        assertThat(twice.vipHolder()).isEmpty();
    }

    @Test
    void aPausedClusterIsntReady() {
        var paused = new Patroni.View(List.of(LEADER, SECOND, THIRD), true);
        assertThat(Snapshot.lacks(STACK, Optional.of(paused)))
                .containsExactly("Patroni is paused, so nothing would fail over");
    }
}
