package io.github.pgha.drills.inspect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code pgha-doctor --json} says of a host.
 *
 * @param findings    what isn't as it should be
 * @param information what is worth knowing
 * @param status      how the host's services are, by part
 */
public record HostReport(List<Finding> findings, List<String> information, JsonNode status) {
    /**
     * Something that isn't as it should be.
     *
     * @param ofCluster whether it is true of the whole cluster, so that several hosts say it
     * @param text      part and sentence
     */
    public record Finding(boolean ofCluster, String text) {}

    public HostReport {
        findings = List.copyOf(findings);
        information = List.copyOf(information);
    }

    /**
     * Reads the doctor's answer.
     *
     * @throws IOException if it is something else
     */
    public static HostReport parse(String json) throws IOException {
        JsonNode answer;
        try {
            answer = new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new IOException("pgha-doctor's answer isn't JSON", e);
        }
        if (!answer.path("findings").isArray()) {
            throw new IOException("pgha-doctor's answer has no findings, not even none");
        }
        List<Finding> findings = new ArrayList<>();
        answer.path("findings").forEach(finding -> findings.add(
                new Finding(finding.path("scope").asText().equals("cluster"), sentence(finding))));
        List<String> information = new ArrayList<>();
        answer.path("information").forEach(item -> information.add(sentence(item)));
        return new HostReport(findings, information, answer.path("status"));
    }

    private static String sentence(JsonNode item) {
        return item.path("part").asText() + ": " + item.path("text").asText();
    }
}
