package io.github.pgha.drills.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final Ledger ledger = new Ledger(100);
    private final long withheld = ledger.next();
    private final long unanswered = sent();
    private final long acknowledged = answered();

    private long sent() {
        long id = ledger.next();
        ledger.committing(id);
        return id;
    }

    private long answered() {
        long id = sent();
        ledger.acknowledged(id);
        return id;
    }

    @Test
    void numbersGoOnWhereTheLastLedgerEnded() {
        assertThat(withheld).isEqualTo(101);
        assertThat(ledger.lastId()).isEqualTo(103);
    }

    @Test
    void nothingIsLostIfAllAcknowledgedRowsAreThere() {
        assertThat(ledger.judge(Set.of(acknowledged))).isEqualTo(new Ledger.Verdict(1, 1, List.of(), List.of()));
    }

    @Test
    void anUnansweredRowMayBeThere() {
        assertThat(ledger.judge(Set.of(acknowledged, unanswered)))
                .isEqualTo(new Ledger.Verdict(1, 1, List.of(), List.of()));
    }

    @Test
    void anAcknowledgedRowThatIsMissingIsLost() {
        assertThat(ledger.judge(Set.of(unanswered)).lost()).containsExactly(acknowledged);
    }

    @Test
    void aRowWhoseCommitWasNeverSentMustNotBeThere() {
        assertThat(ledger.judge(Set.of(withheld, acknowledged)).uninvited()).containsExactly(withheld);
    }
}
