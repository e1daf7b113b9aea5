package io.github.pgha.drills.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reports of the same faults with different settings, side by side. */
public final class Comparison {
    private final Map<String, Map<String, JsonNode>> reports = new LinkedHashMap<>();
    private final List<String> faults;

    /**
     * @param reports {@code report.json} by the name of its settings, in the order of the columns
     */
    public Comparison(Map<String, JsonNode> reports) {
        reports.forEach((name, report) -> {
            Map<String, JsonNode> byFault = new LinkedHashMap<>();
            report.path("faults").forEach(fault -> byFault.put(fault.path("name").asText(), fault));
            this.reports.put(name, byFault);
        });
        faults = this.reports.values().stream().flatMap(report -> report.keySet().stream()).distinct().toList();
    }

    /** A table in Markdown: a row a fault; median and worst write gap and read gap of each settings. */
    public String table() {
        String head = Stream.concat(Stream.of("fault"), reports.keySet().stream().map(name -> name + ": writes; reads"))
                .collect(Collectors.joining(" | ", "| ", " | lost rows | split brains |\n"));
        String rule = "|---".repeat(reports.size() + 3) + "|\n";
        return head + rule + faults.stream().map(this::row).collect(Collectors.joining());
    }

    private String row(String fault) {
        List<String> cells = new ArrayList<>(List.of("`" + fault + "`"));
        int lost = 0;
        int splitBrains = 0;
        for (Map<String, JsonNode> report : reports.values()) {
            JsonNode found = report.get(fault);
            cells.add(found == null ? "" : gap(found, "writeGapSeconds") + "; " + gap(found, "readGapSeconds"));
            lost += found == null ? 0 : found.path("lostRows").asInt();
            splitBrains += found == null ? 0 : found.path("splitBrainSamples").asInt();
        }
        cells.add(Integer.toString(lost));
        cells.add(Integer.toString(splitBrains));
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private static String gap(JsonNode fault, String side) {
        JsonNode gap = fault.path(side);
        return String.format(Locale.ROOT, "%.1f, %.1f", gap.path("median").asDouble(), gap.path("worst").asDouble());
    }

    private static double worstWriteGap(JsonNode fault) {
        return fault.path("writeGapSeconds").path("worst").asDouble();
    }

    /** Bars of the worst write gaps, as an SVG document. */
    public String chart() {
        Map<String, List<Double>> worst = new LinkedHashMap<>();
        reports.forEach((name, report) -> worst.put(name, faults.stream()
                // One that wasn't drilled with these settings has no bar.
                .map(fault -> report.containsKey(fault) ? worstWriteGap(report.get(fault)) : 0)
                .toList()));
        return Charts.comparison(faults, worst);
    }
}
