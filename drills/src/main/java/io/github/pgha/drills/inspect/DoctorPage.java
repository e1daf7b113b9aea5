package io.github.pgha.drills.inspect;

import io.github.pgha.drills.inspect.HostReport.Finding;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** All hosts' findings as text. */
public final class DoctorPage {
    private final List<Answer> answers;
    private final Set<String> ofCluster = new LinkedHashSet<>();
    private final StringBuilder text = new StringBuilder();

    /** @param answers one a host */
    public DoctorPage(List<Answer> answers) {
        this.answers = List.copyOf(answers);
        answers.forEach(answer -> answer.report().ifPresent(report -> report.findings().stream()
                .filter(Finding::ofCluster).map(Finding::text).forEach(ofCluster::add)));
        new VirtualAddress(answers).faults().forEach(fault -> ofCluster.add("keepalived: " + fault));
    }

    /** Whether there is no finding, and no host without an answer. */
    public boolean clean() {
        return findings() == 0 && answers.stream().allMatch(answer -> answer.report().isPresent());
    }

    private long findings() {
        return ofCluster.size() + answers.stream().flatMap(answer -> answer.report().stream())
                .flatMap(report -> report.findings().stream()).filter(finding -> !finding.ofCluster()).count();
    }

    /** What to print, with a line break at its end. */
    public String render() {
        text.setLength(0);
        if (!ofCluster.isEmpty()) {
            line("the cluster");
            ofCluster.forEach(finding -> line("  " + finding));
        }
        answers.forEach(this::host);
        versions();
        if (findings() > 0) {
            line((findings() == 1 ? "1 finding" : findings() + " findings") + ". To put back what was changed by hand, "
                    + "raise the stack's configuration key `repair` by one and run `pulumi up`.");
        } else if (clean()) {
            line("nothing found");
        }
        return text.toString();
    }

    private void host(Answer answer) {
        if (answer.report().isEmpty()) {
            line(answer.error());
            return;
        }
        HostReport report = answer.report().get();
        line(answer.host().name());
        report.findings().stream().filter(finding -> !finding.ofCluster())
                .forEach(finding -> line("  " + finding.text()));
        report.information().forEach(item -> line("  information: " + item));
    }

    /** Packages that hosts have in several versions. */
    private void versions() {
        Map<String, Map<String, String>> hosts = new TreeMap<>();
        answers.forEach(answer -> answer.status("packages").properties().forEach(entry ->
                hosts.computeIfAbsent(entry.getKey(), name -> new LinkedHashMap<>())
                        .merge(entry.getValue().asText(), answer.host().name(), (some, more) -> some + ", " + more)));
        hosts.forEach((name, versions) -> {
            if (versions.size() > 1) {
                line("information: packages: " + name + " is " + versions.entrySet().stream()
                        .map(version -> version.getKey() + " on " + version.getValue())
                        .collect(Collectors.joining("; ")));
            }
        });
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
