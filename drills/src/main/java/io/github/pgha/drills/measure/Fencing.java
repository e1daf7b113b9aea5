package io.github.pgha.drills.measure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What fencing did in a drill.
 *
 * @param fenced  whether a machine was found to be off and its lock taken
 * @param reasons why it left a silent leader alone, for a moment or for good
 * @param off     whether the cluster has no fencing
 */
public record Fencing(boolean fenced, Set<String> reasons, boolean off) {
    /** Without a fencing service. */
    public static final Fencing OFF = new Fencing(false, Set.of(), true);

    /**
     * What a fault demands of fencing.
     *
     * @param reasons   why it must leave the leader alone, as in docs/fencing.md: one of these
     * @param mayFence  whether another instance, which has no such doubt, may fence all the same
     * @param moves     whether another member must lead in the end
     * @param ifAny     whether a cluster without fencing does as well
     */
    public record Demand(List<String> reasons, boolean mayFence, boolean moves, boolean ifAny) {
        public Demand {
            reasons = List.copyOf(reasons);
        }

        public Demand(String reason, boolean mayFence, boolean moves) {
            this(List.of(reason), mayFence, moves, false);
        }
    }

    public Fencing {
        reasons = new TreeSet<>(reasons);
    }

    /** What it did between two looks at its instances, by host; hosts that could not be asked are absent. */
    public static Fencing between(Map<String, FenceInstance> before, Map<String, FenceInstance> after) {
        if (after.values().stream().noneMatch(FenceInstance::installed)) {
            return OFF;
        }
        Set<String> reasons = new TreeSet<>();
        after.forEach((host, instance) -> {
            Map<String, Integer> earlier = before.containsKey(host) ? before.get(host).refusals() : Map.of();
            // One that was started anew counts from nothing.
            boolean anew = earlier.entrySet().stream()
                    .anyMatch(entry -> instance.refusals().getOrDefault(entry.getKey(), 0) < entry.getValue());
            instance.refusals().forEach((reason, count) -> {
                if (anew || count > earlier.getOrDefault(reason, 0)) {
                    reasons.add(reason);
                }
            });
        });
        JsonNode last = last(after.values());
        boolean another = !last.path("startedAt").equals(last(before.values()).path("startedAt"));
        return new Fencing(another && last.has("offAt"), reasons, false);
    }

    private static JsonNode last(Collection<FenceInstance> instances) {
        // All read the same from etcd; one may have been asked a moment later.
        return instances.stream().map(FenceInstance::last).filter(last -> last.has("startedAt"))
                .max(java.util.Comparator.comparingDouble(last -> last.path("startedAt").asDouble()))
                .orElse(MissingNode.getInstance());
    }

    /** How that differs from what is demanded; empty if it doesn't. */
    public Optional<String> against(Demand demand, boolean moved) {
        String reason = String.join(" or ", demand.reasons());
        if (!demand.mayFence() && fenced) {
            return Optional.of("Fencing acted, though it had to stand aside: " + reason + ".");
        }
        if (!(off && demand.ifAny()) && demand.reasons().stream().noneMatch(reasons::contains)) {
            return Optional.of("Fencing didn't say that it stood aside: " + reason + ".");
        }
        if (moved != demand.moves()) {
            return Optional.of(moved ? "Another member leads, though nothing ailed the leader."
                    : "The same member leads as before.");
        }
        return Optional.empty();
    }

    /** {@code fenced}, {@code stood aside: REASON, ...}, both, {@code watched} or {@code off}. */
    @Override
    public String toString() {
        if (off) {
            return "off";
        }
        String aside = reasons.isEmpty() ? "" : "stood aside: " + String.join(", ", reasons);
        return fenced ? aside.isEmpty() ? "fenced" : "fenced; " + aside : aside.isEmpty() ? "watched" : aside;
    }
}
