package io.github.pgha.drills.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What clients know of the rows that they tried to write. */
public final class Ledger {
    /** What a client knows of a row. */
    public enum Outcome {
        /** COMMIT was never sent: the row must not be there. */
        WITHHELD,
        /** COMMIT was sent and not answered, or answered with a warning: the row may be there or not. */
        INDETERMINATE,
        /** COMMIT was answered: the row must be there. */
        ACKNOWLEDGED
    }

    /**
     * The judgement over a run.
     *
     * @param acknowledged  number of acknowledged rows
     * @param indeterminate number of rows whose COMMIT got no answer
     * @param lost          ids that were acknowledged and aren't there
     * @param uninvited     ids that are there though their COMMIT was never sent
     */
    public record Verdict(int acknowledged, int indeterminate, List<Long> lost, List<Long> uninvited) {}

    private final AtomicLong lastId;
    private final Map<Long, Outcome> rows = new ConcurrentHashMap<>();

    /** @param lastId the last id that was given out before */
    public Ledger(long lastId) {
        this.lastId = new AtomicLong(lastId);
    }

    /** Gives out an id; so far its row is withheld. */
    public long next() {
        long id = lastId.incrementAndGet();
        rows.put(id, Outcome.WITHHELD);
        return id;
    }

    /** COMMIT is about to be sent. */
    public void committing(long id) {
        rows.put(id, Outcome.INDETERMINATE);
    }

    /** COMMIT was answered. */
    public void acknowledged(long id) {
        rows.put(id, Outcome.ACKNOWLEDGED);
    }

    /** The last id that was given out. */
    public long lastId() {
        return lastId.get();
    }

    /** Compares what clients know with the ids that are there. */
    public Verdict judge(Set<Long> present) {
        int acknowledged = 0;
        int indeterminate = 0;
        List<Long> lost = new ArrayList<>();
        List<Long> uninvited = new ArrayList<>();
        for (Long id : new TreeSet<>(rows.keySet())) {
            switch (rows.get(id)) {
                case ACKNOWLEDGED -> {
                    acknowledged++;
                    if (!present.contains(id)) {
                        lost.add(id);
                    }
                }
                case INDETERMINATE -> indeterminate++;
                case WITHHELD -> {
                    if (present.contains(id)) {
                        uninvited.add(id);
                    }
                }
            }
        }
        return new Verdict(acknowledged, indeterminate, lost, uninvited);
    }
}
