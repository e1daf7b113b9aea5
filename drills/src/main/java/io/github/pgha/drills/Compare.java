package io.github.pgha.drills;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.drills.report.Comparison;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints reports of the same faults with different settings as one table, and draws them in one chart. */
@Command(name = "compare", mixinStandardHelpOptions = true,
        description = "Reports of the same faults with different settings: a table, and a chart of the worst write gaps.")
public final class Compare implements Callable<Integer> {
    @Option(names = "--chart", paramLabel = "FILE", description = "Where the chart goes (SVG)")
    private Path chart;

    @Parameters(paramLabel = "NAME=FILE", arity = "1..*", description = "A report.json and the name of its settings")
    private Map<String, Path> files = new LinkedHashMap<>();

    private Compare() {}

    /** Runs the command. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(new CommandLine(new Compare()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        Map<String, JsonNode> reports = new LinkedHashMap<>();
        for (var entry : files.entrySet()) {
            reports.put(entry.getKey(), new ObjectMapper().readTree(entry.getValue().toFile()));
        }
        var comparison = new Comparison(reports);
        System.out.print(comparison.table());
        if (chart != null) {
            Files.writeString(chart, comparison.chart());
        }
        return 0;
    }
}
