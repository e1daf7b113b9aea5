package io.github.pgha.drills.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CatalogueTest {
    /** Writes down what faults do. */
    private static class Notebook implements Site {
        private final Stack stack = TestStack.stack();
        final List<String> lines = new ArrayList<>();
        private final Set<String> scripts = new HashSet<>();

        @Override
        public Stack stack() {
            return stack;
        }

        @Override
        public String on(Host host, String script) {
            boolean again = script.lines().count() > 5 && !scripts.add(script);
            lines.add("on " + host + ":\n" + (again ? "as above: " + script.lines().findFirst().orElseThrow() + " ..."
                    : script.stripTrailing()).indent(4).stripTrailing());
            if (script.contains("pgha_fence_acting")) {
                return host.name().equals("e2") ? "1" : "0";
            }
            return script.startsWith("systemd-detect-virt") ? "systemd-nspawn" : "/the/answer";
        }

        @Override
        public void powerOff(List<Host> hosts) {
            lines.add("power off " + names(hosts));
        }

        @Override
        public void powerOn(List<Host> hosts) {
            lines.add("power on " + names(hosts));
        }

        @Override
        public void cable(Host host, boolean plugged) {
            lines.add((plugged ? "plug in " : "unplug ") + host);
        }

        @Override
        public Map<Host, String> nodes() {
            // e1 and p1 on pve1, and so on.
            return stack.hosts().stream().collect(Collectors.toMap(host -> host, host -> "pve" + host.name().charAt(1)));
        }

        @Override
        public void nodeOff(String node) {
            lines.add("node off " + node);
        }

        @Override
        public void nodeOn(String node, List<Host> machines) {
            lines.add("node on " + node + " with " + names(machines));
        }

        @Override
        public void lock(Host host, String kind) {
            lines.add("lock " + host + ": " + kind);
        }

        @Override
        public void hang(Host host, boolean on) {
            lines.add((on ? "hang " : "go on ") + host);
        }

        @Override
        public void failApi(String kind) {
            lines.add("fail the API: " + kind);
        }

        @Override
        public boolean reachable(Host host) {
            return true;
        }

        private static String names(List<Host> hosts) {
            return hosts.stream().map(Host::name).collect(Collectors.joining(" "));
        }

        Roles roles() {
            return new Roles(host("p1"), host("e1"), host("e1"));
        }

        private Host host(String name) {
            return stack.hosts().stream().filter(host -> host.name().equals(name)).findFirst().orElseThrow();
        }
    }

    @Test
    void everyFaultBreaksAndHealsAsWrittenDown() throws Exception {
        var site = new Notebook();
        for (Fault fault : Catalogue.all()) {
            site.lines.add("# " + fault.name());
            Wound undo = fault.preparation().inflict(site, site.roles());
            Wound wound = fault.infliction().inflict(site, site.roles());
            site.lines.add("## heal");
            if (!fault.healing().contains("timer")) {
                wound.heal();
            }
            undo.heal();
        }
        String text = String.join("\n", site.lines) + "\n";
        // To be moved over the old one if the change is meant.
        Files.writeString(Files.createDirectories(Path.of("target")).resolve("faults.txt"), text);
        assertThat(text).isEqualTo(TestStack.file("faults.txt"));
    }

    @Test
    void whatTakesALeaderOrTheAddressAwayFailsIfNothingMoves() {
        assertThat(Catalogue.all()).filteredOn(fault -> fault.hold().unmoved().isPresent()).extracting(Fault::name)
                .filteredOn(name -> !name.startsWith("fencing-")).containsExactly(
                        "patroni-stop", "haproxy-stop", "switchover", "switchover-reader", "postgres-freeze", "postmaster-freeze",
                        "storage-freeze", "leader-power", "vip-power", "leader-cable", "vip-cable", "leader-deaf", "leader-mute",
                        "leader-and-etcd-power", "node-power");
        assertThat(Catalogue.named(List.of("leader-mute")).get(0).hold().unmoved())
                .contains("The leader did not move within 75 s.");
        assertThat(Catalogue.named(List.of("vip-cable")).get(0).hold().unmoved())
                .contains("The virtual address did not move within 30 s.");
    }

    @Test
    void aLeaderThatIsOnlyBusyMustStay() {
        Hold hold = Catalogue.named(List.of("busy-leader")).get(0).hold();
        assertThat(hold.moved("p1 (timeline 3)", "p1 (timeline 3)")).isEmpty();
        assertThat(hold.moved("p1 (timeline 3)", "p1 (timeline 5)")).contains(
                "The leader moved, which nothing called for: from p1 (timeline 3) to p1 (timeline 5).");
        assertThat(Catalogue.all()).filteredOn(fault -> fault.hold().moved("p1", "p2").isPresent())
                .extracting(Fault::name).containsExactly("busy-leader");
    }

    @Test
    void fencingDemandsThatALeaderMovesWhereTheHoldDoes() {
        assertThat(Catalogue.all()).filteredOn(fault -> fault.demand().isPresent() && fault.hold().unmoved().isPresent())
                .allMatch(fault -> fault.demand().orElseThrow().moves());
    }

    @Test
    void namesAreUnique() {
        assertThat(Catalogue.all()).extracting(Fault::name).doesNotHaveDuplicates();
    }

    @Test
    void theShortSetBeginsWithTheWriteUp() {
        assertThat(Catalogue.shortSet()).extracting(Fault::name).startsWith("patroni-stop", "haproxy-stop");
    }

    @Test
    void aStarStandsForAllThatBeginSo() {
        assertThat(Catalogue.named(List.of("leader-*", "switchover"))).extracting(Fault::name).containsExactly(
                "leader-power", "leader-cable", "leader-deaf", "leader-mute", "leader-and-etcd-power", "switchover");
    }

    @Test
    void withoutFencingItsDoubtsAreSkipped() {
        var site = new Notebook() {
            @Override
            public String on(Host host, String script) {
                return "off";
            }
        };
        Fault fault = Catalogue.named(List.of("fencing-paused")).get(0);
        assertThatThrownBy(() -> fault.preparation().inflict(site, site.roles()))
                .isInstanceOf(SkippedException.class).hasMessage("fencing is off on e1");
    }

    @Test
    void aNodesPowerIsCutWhereTheAddressIsHeldAndTheLeaderIsPutThere() throws Exception {
        var site = new Notebook();
        Host leader = site.host("p2");
        NodeLoss.FAULT.preparation().inflict(site, new Roles(leader, site.host("e1"), site.host("e3")));
        assertThat(site.lines).last().asString()
                .startsWith("on p1:\n    said=$(patronictl switchover --leader p2 --candidate p1");
        assertThatThrownBy(() -> NodeLoss.FAULT.infliction().inflict(site,
                new Roles(leader, site.host("e1"), site.host("e3"))))
                .hasMessage("p2 leads on pve2 and e1 holds the virtual address on pve1: they must be on one node");
    }

    @Test
    void aNodesPowerIsNotCutIfTooMuchWouldGoWithIt() {
        assertThat(notSpread(Map.of("e2", "pve1", "p3", "pve2"))).isEqualTo("the Proxmox node pve1 of e1, which holds the "
                + "virtual address, carries a majority of etcd: it must not carry more than 1");
        assertThat(notSpread(Map.of("p2", "pve1"))).contains("carries several members of PostgreSQL: it must carry one");
        assertThat(notSpread(Map.of("p1", "pve2"))).contains("carries no host with the role postgres: it must carry one");
        assertThat(notSpread(Map.of("e1", "pve", "e2", "pve", "e3", "pve", "p1", "pve", "p2", "pve", "p3", "pve")))
                .startsWith("all machines are on one Proxmox node, pve: they must be spread over several");
    }

    private static String notSpread(Map<String, String> otherwise) {
        var site = new Notebook() {
            @Override
            public Map<Host, String> nodes() {
                var nodes = new HashMap<>(super.nodes());
                nodes.replaceAll((host, node) -> otherwise.getOrDefault(host.name(), node));
                return nodes;
            }
        };
        var thrown = org.assertj.core.api.Assertions.catchThrowable(
                () -> NodeLoss.FAULT.preparation().inflict(site, site.roles()));
        assertThat(thrown).isInstanceOf(SkippedException.class);
        assertThat(site.lines).as("what was done").isEmpty();
        return thrown.getMessage();
    }

    @Test
    void aNodeWhosePowerSwitchFailsIsPoweredOn() {
        var site = new Notebook() {
            @Override
            public void nodeOff(String node) {
                lines.add("node off " + node);
                throw new UncheckedIOException(new IOException("no answer"));
            }
        };
        assertThatThrownBy(() -> NodeLoss.FAULT.infliction().inflict(site, site.roles())).hasMessageContaining("no answer");
        assertThat(site.lines).containsExactly("node off pve1", "node on pve1 with e1 p1");
    }

    @Test
    void whatFailsHalfWayIsHealed() {
        var site = new Notebook() {
            @Override
            public void powerOff(List<Host> hosts) {
                throw new IllegalStateException("no power");
            }
        };
        Fault fault = Catalogue.named(List.of("fencing-node-lost")).get(0);
        assertThatThrownBy(() -> fault.infliction().inflict(site, site.roles())).hasMessage("no power");
        assertThat(site.lines).containsExactly("fail the API: lose-node", "fail the API: none");
    }

    @Test
    void anUnknownNameIsRefusedWithTheNamesThatThereAre() {
        assertThatThrownBy(() -> Catalogue.named(List.of("switchover", "meteor")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("There is no fault 'meteor'. There are: patroni-stop, haproxy-stop, ");
    }
}
