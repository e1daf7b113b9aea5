package io.github.pgha;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Outputs of the stack as the last run left them: what a run that does only a part of its work leaves as it is.
 *
 * @param hosts       the output {@code hosts}; empty if the stack has none
 * @param authorities the output {@code authorities}; empty if the stack has none
 * @param lastUp      the output {@code lastUp}; empty if the stack has none
 */
record FormerOutputs(Map<String, Map<String, Object>> hosts, List<Map<String, Object>> authorities, String lastUp) {
    /** A stack without a cluster. */
    static final FormerOutputs NONE = new FormerOutputs(Map.of(), List.of(), "");

    /** Takes them from what the engine gives, or null. */
    static FormerOutputs of(Object hosts, Object authorities, Object lastUp) {
        var byName = new LinkedHashMap<String, Map<String, Object>>();
        if (hosts instanceof Map<?, ?> all) {
            all.forEach((name, host) -> byName.put((String) name, map((Map<?, ?>) host)));
        }
        return new FormerOutputs(byName,
                authorities instanceof List<?> all ? all.stream().map(entry -> map((Map<?, ?>) entry)).toList() : List.of(),
                lastUp instanceof String text ? text : "");
    }

    private static Map<String, Object> map(Map<?, ?> entry) {
        return entry.entrySet().stream().collect(Collectors.toMap(part -> (String) part.getKey(), Map.Entry::getValue));
    }

    /** What it says of a host; empty for one that it doesn't know. */
    Map<String, Object> host(String name) {
        return hosts.getOrDefault(name, Map.of());
    }
}
