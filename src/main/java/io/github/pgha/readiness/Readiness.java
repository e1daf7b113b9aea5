package io.github.pgha.readiness;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.pgha.readiness.Answer.Kind;
import io.github.pgha.readiness.RunningHost.Fate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Judges whether an {@code up} that changes something can end well, by what all hosts say of themselves. */
public final class Readiness {
    /** A host with less free space than this can't take an {@code up}: packages and PostgreSQL's WAL need some. */
    public static final int LEAST_FREE_MIB = 256;
    /** The same for the number of files. */
    public static final int LEAST_FREE_FILES = 1000;
    /** Clocks that are further apart than this are wrong. */
    public static final double MOST_SECONDS_APART = 2;

    private static final String NEW_ETCD = "`repair`, which makes etcd new by what PostgreSQL's members have";
    private static final double MILLIS = 1000;
    private static final int MIB = 1024 * 1024;

    private final Plan plan;
    private final Map<String, Answer> answers;
    private final List<String> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> leftOut = new LinkedHashSet<>();

    private Readiness(Plan plan, Map<String, Answer> answers) {
        this.plan = plan;
        this.answers = answers;
    }

    /**
     * Judges.
     *
     * @param plan    what is about to be done
     * @param answers one for each host of the plan, by its name
     */
    public static Verdict of(Plan plan, Map<String, Answer> answers) {
        var readiness = new Readiness(plan, answers);
        readiness.judge();
        return new Verdict(readiness.problems, readiness.notes, readiness.leftOut);
    }

    private void judge() {
        // Where nothing happens to any host it needn't be said at each run.
        hosts(Kind.UNSEEN).filter(host -> acts()).forEach(host -> notes.add("host '%s' couldn't be looked at before this `up`: %s"
                .formatted(host, answers.get(host.name()).why())));
        hosts(Kind.AWAY).filter(host -> host.fate() == Fate.LOST).forEach(host -> notes.add(
                "the machine of host '%s' isn't there any more: if no `pulumi refresh` has noticed that yet, run one first"
                        .formatted(host)));
        if (hosts(Kind.TOLD).findAny().isEmpty()) {
            // From here, or at all: who can't tell which leaves nobody out.
            if (hosts(Kind.AWAY).findAny().isPresent()) {
                notes.add("no host of the cluster could be looked at from here before this `up`: " + hosts(Kind.AWAY)
                        .map(host -> host + " " + answers.get(host.name()).why()).collect(Collectors.joining(", ")));
            }
            return;
        }
        majority();
        away();
        if (plan.changes()) {
            paused();
            planned();
            disks();
            clocks();
            virtualAddress();
        }
        if (!problems.isEmpty()) {
            leftOut.clear();
        }
    }

    private boolean acts() {
        return plan.changes() || plan.hosts().stream().anyMatch(host -> !host.stays());
    }

    private Stream<RunningHost> hosts(Kind kind) {
        return plan.hosts().stream().filter(host -> answers.get(host.name()).kind() == kind);
    }

    private JsonObject facts(RunningHost host) {
        return answers.get(host.name()).facts();
    }

    private Optional<JsonObject> part(RunningHost host, String name) {
        return Optional.ofNullable(facts(host).get(name)).filter(JsonElement::isJsonObject).map(JsonElement::getAsJsonObject);
    }

    private boolean says(RunningHost host, String part, String fact) {
        return part(host, part).filter(told -> told.get(fact).getAsBoolean()).isPresent();
    }

    private static String and(Collection<String> names) {
        return String.join(", ", names);
    }

    private List<String> names(Predicate<RunningHost> which) {
        return plan.hosts().stream().filter(which).map(RunningHost::name).toList();
    }

    private void majority() {
        List<RunningHost> members = plan.hosts().stream().filter(RunningHost::etcd).toList();
        List<RunningHost> told = members.stream().filter(host -> part(host, "etcd").isPresent()).toList();
        if (told.stream().anyMatch(host -> says(host, "etcd", "agrees"))) {
            // Members that begin anew find each other by themselves, and know nothing of what the former ones had.
            if (told.stream().noneMatch(host -> says(host, "etcd", "knows")) && !plan.repairs()) {
                (acts() ? problems : notes).add("etcd has lost all of its data, so that Patroni waits for the one that it knew: "
                        + "raise " + NEW_ETCD);
            }
            return;
        }
        if (members.stream().anyMatch(host -> answers.get(host.name()).kind() == Kind.UNSEEN)) {
            return;
        }
        List<RunningHost> survivors = told.stream().filter(host -> says(host, "etcd", "data")).toList();
        boolean enough = 2 * survivors.size() > members.size();
        // Where etcd has nothing left anywhere, PostgreSQL's members still have what the cluster is.
        boolean forgot = survivors.isEmpty() && told.size() == members.size();
        // Members that were only stopped are started by their scripts.
        if (plan.mends() && enough || plan.repairs() && forgot) {
            return;
        }
        String why = members.stream().map(host -> host + " " + (answers.get(host.name()).kind() == Kind.AWAY
                ? "doesn't answer at SSH" : part(host, "etcd").map(Readiness::complaint).orElse("isn't a member yet")))
                .collect(Collectors.joining(", "));
        (acts() ? problems : notes).add("etcd has no majority of its " + members.size() + " members: " + why + ". " + (enough
                ? "Start it where it doesn't run (`systemctl start etcd`), or raise `repair`"
                : forgot ? "Raise " + NEW_ETCD
                : "Start the hosts that are only off" + survivors.stream().findFirst().map(survivor -> ". If most members "
                        + "are lost for good, run `pgha-etcd-new-majority` as root on '" + survivor + "', which makes a "
                        + "member that is left the first one of a new majority, and `pulumi up` again (docs/operations.md, "
                        + "'Most of etcd was lost')")
                        .orElse("")));
    }

    private static String complaint(JsonObject etcd) {
        return "says '" + etcd.get("said").getAsString() + "'" + (etcd.get("data").getAsBoolean() ? "" : " and has no data");
    }

    private void away() {
        List<RunningHost> away = hosts(Kind.AWAY).filter(RunningHost::stays).toList();
        if (away.isEmpty()) {
            return;
        }
        List<String> changed = names(host -> host.fate() == Fate.CHANGES);
        String hosts = away.stream().map(host -> "'" + host + "' (" + host.address() + ":" + host.port() + ", "
                + answers.get(host.name()).why() + ")").collect(Collectors.joining(", "));
        String mend = "start " + (away.size() == 1 ? "it" : "them") + ", recreate one that can't be (`rebuild`), or take it out, "
                + "and run `pulumi up` again";
        if (plan.everywhere() || !changed.isEmpty()) {
            problems.add("host %s must answer at SSH, since %s: %s".formatted(hosts, changed.isEmpty()
                    ? "this change is for all hosts together" : "the machine of " + and(changed) + " is about to go or restart",
                    mend));
        } else if (plan.changes() && away.stream().filter(host -> !host.etcd()).count()
                == plan.hosts().stream().filter(host -> !host.etcd()).count()) {
            problems.add("host %s must answer at SSH, since no host of PostgreSQL does: %s".formatted(hosts, mend));
        } else {
            away.forEach(host -> leftOut.add(host.name()));
            notes.add("host %s doesn't answer at SSH and is left out: what changes for it waits for the next `pulumi up` when it "
                    .formatted(hosts) + "is back. If it doesn't come back, recreate it (`rebuild`) or take it out");
        }
    }

    private void paused() {
        // Nobody can end a pause that etcd has forgotten.
        if (plan.repairs() && plan.hosts().stream().noneMatch(host -> says(host, "etcd", "knows"))) {
            return;
        }
        if (plan.hosts().stream().anyMatch(host -> says(host, "etcd", "paused") || says(host, "patroni", "paused"))) {
            problems.add("the cluster is paused (`patronictl pause`), so no member could hand over or fail over: end that with "
                    + "`patronictl resume`, as root on a host of PostgreSQL");
        }
    }

    /** A turn would take it away or meet it. All members tell of the same. */
    private void planned() {
        var said = new LinkedHashMap<String, String>();
        plan.hosts().stream().map(host -> part(host, "patroni")).flatMap(Optional::stream)
                .flatMap(told -> told.getAsJsonArray("planned").asList().stream()).map(JsonElement::getAsJsonObject)
                .forEach(planned -> said.put(planned.get("what").getAsString(), planned.get("kind").getAsString()));
        said.forEach((what, kind) -> problems.add(what + ", and this `up` would take it away or meet it: wait until it is over, "
                + "or take it back by `patronictl flush CLUSTER " + kind + "`, as root on a host of PostgreSQL"));
    }

    private void disks() {
        hosts(Kind.TOLD).forEach(host -> facts(host).getAsJsonArray("disks").forEach(element -> {
            JsonObject disk = element.getAsJsonObject();
            long free = disk.get("free").getAsLong() / MIB;
            String folder = disk.get("folder").getAsString();
            if (free < LEAST_FREE_MIB) {
                problems.add("host '%s' has %s MiB free on the file system of %s and must have %s: "
                        .formatted(host, free, folder, LEAST_FREE_MIB) + "make room there, or raise `diskGb`");
            }
            JsonElement files = disk.get("files");
            if (!files.isJsonNull() && files.getAsLong() < LEAST_FREE_FILES) {
                problems.add("host '%s' has room for %s more files on the file system of %s and must have it for %s: remove some"
                        .formatted(host, files.getAsLong(), folder, LEAST_FREE_FILES));
            }
        }));
    }

    /** How far a host's clock is ahead of this machine's, at least and at most, in seconds. */
    private record Ahead(RunningHost host, double least, double most) {}

    private static double seconds(Instant instant) {
        return instant.toEpochMilli() / MILLIS;
    }

    /** A host that answers late has a clock that may be anything in between: only what is certain counts. */
    private void clocks() {
        List<Ahead> all = hosts(Kind.TOLD).map(host -> new Ahead(host,
                facts(host).get("ended").getAsDouble() - seconds(answers.get(host.name()).heard()),
                facts(host).get("began").getAsDouble() - seconds(answers.get(host.name()).asked()))).toList();
        Ahead last = all.stream().min((a, b) -> Double.compare(a.most, b.most)).orElseThrow();
        all.stream().filter(ahead -> ahead.least - last.most > MOST_SECONDS_APART).forEach(ahead -> problems.add(
                "the clock of host '%s' must be at most %.0f s away from that of '%s', and is at least %.1f s ahead of it: "
                        .formatted(ahead.host, MOST_SECONDS_APART, last.host, ahead.least - last.most)
                        + "set the wrong one right, and see that a time service runs there (`timedatectl`)"));
    }

    private void virtualAddress() {
        if (hosts(Kind.TOLD).anyMatch(host -> facts(host).get("holds").getAsBoolean())) {
            return;
        }
        Set<String> ours = hosts(Kind.TOLD).flatMap(host -> facts(host).getAsJsonArray("cards").asList().stream())
                .map(JsonElement::getAsString).collect(Collectors.toSet());
        // Of those that can't be looked at their neighbours know it.
        hosts(Kind.TOLD).flatMap(host -> facts(host).getAsJsonObject("neighbours").asMap().values().stream())
                .map(JsonElement::getAsString).forEach(ours::add);
        hosts(Kind.TOLD).map(host -> facts(host).get("holder").getAsString())
                .filter(holder -> !holder.isEmpty() && !ours.contains(holder)).findFirst()
                .ifPresent(holder -> problems.add("vip '%s' must be an address that is free, and %s answers for it, "
                        .formatted(plan.vip(), holder) + "which is no host of this cluster: take another one, or take it "
                        + "away there"));
    }
}
