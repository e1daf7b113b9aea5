package io.github.pgha.drills.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.TestStack;
import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
                        "patroni-stop", "haproxy-stop", "switchover", "postgres-freeze", "patroni-freeze",
                        "leader-power", "vip-power", "leader-cable", "vip-cable", "leader-deaf", "leader-mute",
                        "leader-and-etcd-power");
        assertThat(Catalogue.named(List.of("leader-mute")).get(0).hold().unmoved())
                .contains("The leader did not move within 75 s.");
        assertThat(Catalogue.named(List.of("vip-cable")).get(0).hold().unmoved())
                .contains("The virtual address did not move within 30 s.");
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
