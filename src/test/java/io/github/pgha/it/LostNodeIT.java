package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A Proxmox node is lost for good, with two machines on it, and others get them. The sandbox has two nodes after it. */
@Tag("long")
@Order(Integer.MAX_VALUE - 1)
class LostNodeIT extends WhileAClientWrites {
    /** The leader may be there, and goes with all power: its lock runs out after 20 s. */
    private static final long LONGEST_GAP_MS = 60_000;
    private static final String LOST = "pve2";

    LostNodeIT() {
        super(LONGEST_GAP_MS);
    }

    private static Run forget() {
        return Run.of(Lab.LONG, Lab.ENVIRONMENT, List.of("make", "--no-print-directory", "forget-node", "NODE=" + LOST));
    }

    private static void node(String to) {
        Run.of(Lab.LONG, Lab.ENVIRONMENT, List.of("./sandbox/node-power", LOST, to)).ok();
    }

    @Test
    void whatWasOnItIsMadeAgainOnAnother() {
        assertThat(Lab.machine(102)).startsWith("/nodes/" + LOST);
        assertThat(Lab.machine(112)).startsWith("/nodes/" + LOST);
        begin();
        node("off");
        // It may come back yet.
        assertThat(forget().failed().said()).contains("pvecm delnode " + LOST + " && rm -r /etc/pve/nodes/" + LOST);
        node("gone");
        assertThat(forget().ok().said()).contains("has forgotten node 'pve2' and course-etcd2, course-pg2");
        var file = StackFile.read();
        file.set("proxmoxNodes", List.of("pve1", "pve3")).set("allowOneNode", true).write();
        up(Stream.empty()).ok();
        assertThat(Lab.machine(102)).startsWith("/nodes/pve3");
        assertThat(Lab.machine(112)).startsWith("/nodes/pve3");
        assertThat(members().map(member -> member.get("Member").getAsString())).containsAll(Lab.POSTGRES);
        Lab.changesNothing();
        assertThat(forget().failed().said()).contains("the stack 'dev' has nothing on a node 'pve2'");
    }
}
