package io.github.pgha.drills.report;

import io.github.pgha.drills.fault.Fault;
import io.github.pgha.drills.measure.Statistics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report for people: one HTML file that needs no other. */
public final class Page {
    private Page() {}

    /** @param catalogue the faults' descriptions */
    public static String render(Report report, List<Fault> catalogue) {
        Map<String, List<Run>> faults = report.byFault();
        var rows = new StringBuilder();
        var details = new StringBuilder();
        faults.forEach((name, runs) -> {
            rows.append(row(name, runs));
            details.append(detail(name, runs, catalogue));
        });
        return template()
                .replace("{{title}}", escape(report.title()))
                .replace("{{preset}}", escape(report.preset()))
                .replace("{{verdict}}", verdict(report))
                .replace("{{gaps}}", faults.isEmpty() ? "" : Charts.gaps(faults))
                .replace("{{rows}}", rows)
                .replace("{{skipped}}", skipped(report.skipped()))
                .replace("{{details}}", details);
    }

    private static String verdict(Report report) {
        int acknowledged = report.runs().stream().mapToInt(run -> run.verdict().acknowledged()).sum();
        int samples = report.runs().stream().mapToInt(run -> run.sightings().samples()).sum();
        return report.passed()
                ? ("<p class=\"good\">Passed: %,d acknowledged rows, none lost; %,d samples, no two writable "
                        + "primaries; healed every time.</p>")
                        .formatted(acknowledged, samples)
                : "<p class=\"bad\">Failed: see the rows in red.</p>";
    }

    private static String row(String name, List<Run> runs) {
        boolean passed = runs.stream().allMatch(Run::passed);
        int lost = runs.stream().mapToInt(run -> run.verdict().lost().size()).sum();
        int split = runs.stream().mapToInt(run -> run.sightings().splitBrains()).sum();
        return ("<tr%s><td><a href=\"#%s\">%s</a></td><td>%d</td>%s%s%s"
                + "<td>%d</td><td>%d</td><td>%s</td><td>%s</td></tr>%n").formatted(
                passed ? "" : " class=\"bad\"", escape(name), escape(name), runs.size(),
                cells(Report.statistics(runs, run -> run.writes().gap())),
                cells(Report.statistics(runs, run -> run.reads().gap())),
                cells(Report.statistics(runs, Run::wholeAfter)), lost, split,
                escape(runs.stream().map(run -> run.fencing().toString()).distinct()
                        .collect(Collectors.joining(" / "))),
                runs.stream().allMatch(Run::healed) ? "yes" : "no");
    }

    private static String cells(Statistics statistics) {
        return "<td>%s</td><td>%s</td>".formatted(seconds(statistics.median()), seconds(statistics.worst()));
    }

    private static String detail(String name, List<Run> runs, List<Fault> catalogue) {
        Run worst = runs.stream().max(Comparator.comparingDouble(run -> run.writes().gap())).orElseThrow();
        String what = catalogue.stream().filter(fault -> fault.name().equals(name)).findFirst()
                .map(fault -> fault.description() + ". " + fault.healing() + ".").orElse("");
        var text = new StringBuilder("<section id=\"%s\"><h2>%s</h2><p>%s</p>%n%s%n<ul>%n".formatted(
                escape(name), escape(name), escape(what), Charts.answers(worst)));
        int number = 0;
        for (Run run : runs) {
            text.append("<li>Run %d: ".formatted(++number)).append(escape(sentence(run))).append("</li>\n");
            run.lacks().forEach(lack ->
                    text.append("<li class=\"bad\">Still lacking: ").append(escape(lack)).append("</li>\n"));
            run.amiss().ifPresent(amiss ->
                    text.append("<li class=\"bad\">").append(escape(amiss)).append("</li>\n"));
            run.notes().forEach(note -> text.append("<li>").append(escape(note)).append("</li>\n"));
        }
        item(text, "Writers' errors", Report.sum(runs.stream().map(run -> run.writes().errors()).toList()));
        item(text, "Readers' errors", Report.sum(runs.stream().map(run -> run.reads().errors()).toList()));
        return text.append("</ul></section>\n").toString();
    }

    /** What happened in a run, in a line. */
    public static String sentence(Run run) {
        return ("write gap %s s (while broken %s, while healing %s, worst client %s), read gap %s s, "
                + "%d rows acknowledged, %d unanswered, %d lost; %d of %d samples with two primaries, "
                + "%d of them writable; whole after %s s; "
                + "leader %s to %s, timeline %d to %d, virtual address %s to %s; fencing: %s").formatted(
                seconds(run.writes().gap()), seconds(run.writes().gapBroken()), seconds(run.writes().gapHealing()),
                seconds(run.writes().worstClient()), seconds(run.reads().gap()), run.verdict().acknowledged(),
                run.verdict().indeterminate(), run.verdict().lost().size(), run.sightings().twoPrimaries(),
                run.sightings().samples(), run.sightings().splitBrains(), seconds(run.wholeAfter()),
                run.before().leader(), run.after().leader(), run.before().timeline(), run.after().timeline(),
                run.before().vipHolder(), run.after().vipHolder(), run.fencing());
    }

    private static void item(StringBuilder text, String what, Map<String, Integer> errors) {
        if (!errors.isEmpty()) {
            text.append("<li>").append(what).append(": ").append(escape(errors.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + entry.getValue()).collect(Collectors.joining(", "))))
                    .append("</li>\n");
        }
    }

    private static String skipped(Map<String, String> skipped) {
        return skipped.isEmpty() ? "" : "<p>Not tried: " + escape(skipped.entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .collect(Collectors.joining("; "))) + ".</p>";
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String template() {
        try (var in = Page.class.getResourceAsStream("/io/github/pgha/drills/report/page.html")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
