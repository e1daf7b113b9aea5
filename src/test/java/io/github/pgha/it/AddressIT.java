package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who answers for the virtual address, for a client that keeps in mind for hours where it was. */
@Order(21)
@ExtendWith(Lab.class)
class AddressIT {
    private static final String VIP = "192.168.125.250";
    private static final int HOURS_MS = 4 * 60 * 60 * 1000;
    private static final int USUAL_MS = 30_000;

    private final Shell lab = new Shell();

    private static void remember(int milliseconds) {
        // What is known by then keeps its time otherwise, of all hosts: a machine that is recreated would be looked for at its
        // former card for hours.
        Lab.run("bash", "-c", "card=$(ip -o route get " + VIP + " | sed 's/.* dev \\([^ ]*\\) .*/\\1/'); sysctl -qw "
                + "net.ipv4.neigh.$card.base_reachable_time_ms=" + milliseconds + "; ip neigh flush dev $card").ok();
    }

    @BeforeEach
    void aClientRemembersForHours() {
        remember(HOURS_MS);
    }

    @AfterEach
    void backToUsual() {
        remember(USUAL_MS);
    }

    /** As a snapshot or a migration of a machine makes it: the other one takes the address, and gives it back at once. */
    @Test
    void aMomentOfSilenceHidesNobody() throws InterruptedException {
        String holder = List.of("course-etcd1", "course-etcd2").stream()
                .filter(host -> lab.on(host, "ip -4 -o address show to " + VIP).text().contains(VIP)).findFirst().orElseThrow();
        String other = holder.equals("course-etcd1") ? "course-etcd2" : "course-etcd1";
        Lab.sql("primary", "SELECT 1").ok();
        String since = lab.must(other, "date +%s");
        lab.must(holder, """
                trap 'nft delete table inet silent' EXIT
                nft -f - <<'END'
                table inet silent {
                  chain in { type filter hook input priority -300; ip protocol 112 drop; }
                  chain out { type filter hook output priority -300; ip protocol 112 drop; }
                }
                END
                sleep 2
                # The other one hears of it again, and steps back, before this one could hear of the other.
                nft delete chain inet silent out
                sleep 1""");
        String journal = "journalctl -q -u keepalived -o cat --since @" + since;
        assertThat(lab.must(other, journal)).contains("Entering MASTER STATE", "Entering BACKUP STATE");
        assertThat(lab.must(holder, journal)).doesNotContain("Entering BACKUP STATE");
        // Without a packet of the client's, by which it could find out that it is wrong.
        String card = lab.must(holder, "cat /sys/class/net/$(ip -4 -o address show to " + VIP + " | awk '{print $2}')/address");
        Lab.await("the client knows better", () -> lab.client("ip neigh show " + VIP).text().contains(card));
        Lab.sql("primary", "SELECT 1").ok();
    }
}
