package io.github.pgha.drills.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.pgha.drills.stack.Host;
import java.util.Optional;

/**
 * A host's answer, or why there is none.
 *
 * @param error a sentence that names the host; empty if there is a report
 */
public record Answer(Host host, Optional<HostReport> report, String error) {
    /** A host that answered. */
    public static Answer of(Host host, HostReport report) {
        return new Answer(host, Optional.of(report), "");
    }

    /** A host that didn't. */
    public static Answer none(Host host, String error) {
        return new Answer(host, Optional.empty(), error);
    }

    /** A part of the host's status; missing if the host doesn't tell. */
    JsonNode status(String part) {
        return report.map(found -> found.status().path(part)).orElse(MissingNode.getInstance());
    }
}
