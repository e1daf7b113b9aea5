package io.github.pgha.drills.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.pgha.drills.stack.Host;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** How a cluster is, as a page for a terminal. */
public final class StatusPage {
    private static final String ROW = "%-16s %-15s %-10s %8s %12s%s%n";

    private final String vip;
    private final List<Answer> answers;
    private final StringBuilder text = new StringBuilder();

    /**
     * @param vip     the virtual address
     * @param answers one a host
     */
    public StatusPage(String vip, List<Answer> answers) {
        this.vip = vip;
        this.answers = List.copyOf(answers);
    }

    /** What to print, with a line break at its end. */
    public String render() {
        text.setLength(0);
        members();
        balancers();
        etcd();
        certificates();
        fencing();
        remarks();
        return text.toString();
    }

    private void members() {
        format(ROW, "PostgreSQL", "role", "state", "timeline", "lag (bytes)", "");
        // All members say the same; one of them is enough.
        JsonNode patroni = with(Host.POSTGRES).stream().map(answer -> answer.status("patroni"))
                .filter(status -> !status.isMissingNode()).findFirst().orElse(MissingNode.getInstance());
        if (patroni.isMissingNode()) {
            format("no member tells%n");
        }
        for (JsonNode member : patroni.path("members")) {
            String lag = member.path("lag").asText("");
            format(ROW, member.path("name").asText(), member.path("role").asText(), member.path("state").asText(),
                    member.path("timeline").asText("?"), lag.isEmpty() ? "-" : lag,
                    member.path("pending_restart").asBoolean() ? "  waits for a restart" : "");
        }
        forgotten(patroni);
        if (patroni.path("switchover").isTextual()) {
            format("a switchover is scheduled for %s%n", patroni.path("switchover").asText());
        }
        if (patroni.path("paused").asBoolean()) {
            format("paused: nothing fails over%n");
        }
    }

    /** Members' entries in etcd end by themselves (`ttl`), so one that is away is in no answer. */
    private void forgotten(JsonNode patroni) {
        if (patroni.isMissingNode()) {
            return;
        }
        Set<String> known = new HashSet<>();
        patroni.path("members").forEach(member -> known.add(member.path("name").asText()));
        with(Host.POSTGRES).stream().filter(answer -> !known.contains(answer.host().name())).forEach(answer ->
                format(ROW, answer.host().name(), "-", "away", "-", "-", answer.report().isPresent()
                        ? "  etcd has forgotten it; its host answers" : "  etcd has forgotten it; its host doesn't answer"));
    }

    private void balancers() {
        var address = new VirtualAddress(answers);
        List<String> holders = address.holders().stream().map(answer -> answer.host().name()).toList();
        format("%n%-16s %s%n", "Virtual address", vip + " is held by " + (holders.isEmpty()
                ? (address.told() ? "nobody" : "nobody that answers") : String.join(" and ", holders)));
        address.faults().forEach(fault -> format("  %s%n", fault));
        for (Answer balancer : with(Host.BALANCER)) {
            Map<String, List<String>> sections = new LinkedHashMap<>();
            balancer.status("haproxy").forEach(row -> sections.computeIfAbsent(row.path(0).asText(),
                    section -> new ArrayList<>()).add(row.path(1).asText() + " "
                    + row.path(2).asText().toLowerCase(Locale.ROOT)));
            format("%nHAProxy on %s%n", balancer.host());
            if (sections.isEmpty()) {
                format("  doesn't tell%n");
            }
            sections.forEach((section, servers) -> format("  %-14s %s%n", section, String.join(", ", servers)));
        }
    }

    private void etcd() {
        format("%netcd%n");
        for (Answer member : with(Host.ETCD)) {
            JsonNode status = member.status("etcd");
            format("  %-14s %s%n", member.host(), member.report().isEmpty() ? "unknown"
                    : status.isMissingNode() ? "doesn't run" : !status.path("healthy").asBoolean() ? "not healthy"
                    : status.path("leads").asBoolean() ? "healthy, leads" : "healthy");
        }
    }

    private void certificates() {
        format("%nCertificates: the first ends%n");
        for (Answer answer : answers) {
            JsonNode first = answer.status("certificates");
            format("  %-14s %s%n", answer.host(), first.isMissingNode() ? "unknown"
                    : first.path("end").asText() + ", in " + first.path("days").asText() + " days");
        }
    }

    private void fencing() {
        format("%nFencing%n");
        List<Answer> hosts = with(Host.ETCD).stream()
                .filter(answer -> answer.status("services").has("pgha-fence")).toList();
        if (hosts.isEmpty()) {
            format("  %s%n", with(Host.ETCD).stream().anyMatch(answer -> answer.report().isPresent())
                    ? "off" : "unknown");
        }
        for (Answer answer : hosts) {
            JsonNode status = answer.status("fencing");
            List<String> words = new ArrayList<>();
            words.add(status.isMissingNode() ? "doesn't run" : status.path("acting").asBoolean() ? "acts" : "watches");
            if (!status.isMissingNode() && !status.path("etcd_up").asBoolean()) {
                words.add("doesn't reach etcd");
            }
            if (!status.isMissingNode() && !status.path("proxmox_up").asBoolean()) {
                words.add("isn't let in by Proxmox");
            }
            format("  %-14s %s%n", answer.host(), String.join(", ", words));
        }
    }

    private void remarks() {
        format("%n");
        answers.stream().filter(answer -> answer.report().isEmpty())
                .forEach(answer -> format("%s%n", answer.error()));
        List<String> hosts = answers.stream()
                .filter(answer -> answer.report().filter(report -> !report.findings().isEmpty()).isPresent())
                .map(answer -> answer.host().name()).toList();
        long told = answers.stream().filter(answer -> answer.report().isPresent()).count();
        format("Doctor: %s%n", !hosts.isEmpty() ? "something found on " + String.join(", ", hosts)
                + "; `make doctor` names it" : told == 0 ? "no host answers"
                : told == answers.size() ? "nothing found" : "nothing found on the hosts that answer");
    }

    private List<Answer> with(String role) {
        return answers.stream().filter(answer -> answer.host().roles().contains(role)).toList();
    }

    private void format(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }
}
