package io.github.pgha.drills.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final String QUICK = """
            {"faults": [{"name": "switchover", "lostRows": 0, "splitBrainSamples": 0,
              "writeGapSeconds": {"median": 1.04, "worst": 1.26}, "readGapSeconds": {"median": 0.1, "worst": 0.2}}]}
            """;
    private static final String SLOW = """
            {"faults": [{"name": "switchover", "lostRows": 0, "splitBrainSamples": 0,
              "writeGapSeconds": {"median": 8.0, "worst": 9.0}, "readGapSeconds": {"median": 0.1, "worst": 0.2}},
              {"name": "leader-power", "lostRows": 2, "splitBrainSamples": 1,
              "writeGapSeconds": {"median": 31.0, "worst": 33.0}, "readGapSeconds": {"median": 1.0, "worst": 2.0}}]}
            """;

    @Test
    void aRowAFaultAndAColumnASettings() {
        assertThat(comparison().table()).isEqualTo("""
                | fault | quick: writes; reads | slow: writes; reads | lost rows | split brains |
                |---|---|---|---|---|
                | `switchover` | 1.0, 1.3; 0.1, 0.2 | 8.0, 9.0; 0.1, 0.2 | 0 | 0 |
                | `leader-power` |  | 31.0, 33.0; 1.0, 2.0 | 2 | 1 |
                """);
    }

    @Test
    void theChartHasAColourASettings() {
        assertThat(comparison().chart()).startsWith("<svg").contains("http://www.w3.org/2000/svg")
                .contains("fill:rgb(31,119,180)", "fill:rgb(143,187,218)").doesNotContain("fill:rgb(192,57,43)");
    }

    private static Comparison comparison() {
        Map<String, JsonNode> reports = new LinkedHashMap<>();
        reports.put("quick", json(QUICK));
        reports.put("slow", json(SLOW));
        return new Comparison(reports);
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
