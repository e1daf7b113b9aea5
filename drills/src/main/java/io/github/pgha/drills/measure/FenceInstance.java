package io.github.pgha.drills.measure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the fencing service on one etcd host says of itself.
 *
 * @param installed whether there is one
 * @param clock     the host's time when it was asked, as journalctl's {@code --since} takes it
 * @param refusals  how often a silent leader was left alone since it started, by reason
 * @param last      etcd's record of the last fencing; missing if there was none
 */
public record FenceInstance(boolean installed, String clock, Map<String, Integer> refusals, JsonNode last) {
    /** A script whose output {@link #parse} reads. */
    public static final String LOOK = """
            [ -e /etc/pgha-fence/config.json ] || { echo off; exit 0; }
            echo "@$(date +%s)"
            cat /run/pgha-fence/metrics.prom
            echo '# last'
            cluster=$(sed -n 's/^ *"cluster": "\\(.*\\)",$/\\1/p' /etc/pgha-fence/config.json)
            pgha-etcdctl --command-timeout 5s get --print-value-only "/pgha/$cluster/fence/last"
            """;

    private static final String LAST = "# last\n";
    private static final Pattern REFUSALS = Pattern.compile(
            "^pgha_fence_refusals_total\\{.*reason=\"([a-z-]+)\"} (\\d+)$", Pattern.MULTILINE);

    public FenceInstance {
        refusals = Map.copyOf(refusals);
    }

    /**
     * Reads what the script {@link #LOOK} printed.
     *
     * @throws IOException if that is something else
     */
    public static FenceInstance parse(String text) throws IOException {
        if (text.equals("off")) {
            return new FenceInstance(false, "", Map.of(), MissingNode.getInstance());
        }
        String all = text + "\n";
        int last = all.lastIndexOf(LAST);
        if (!all.startsWith("@") || last < 0) {
            throw new IOException("not what a fencing service says: " + text);
        }
        Map<String, Integer> refusals = new TreeMap<>();
        Matcher matcher = REFUSALS.matcher(all);
        while (matcher.find()) {
            refusals.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
        }
        try {
            return new FenceInstance(true, all.substring(0, all.indexOf('\n')), refusals,
                    new ObjectMapper().readTree(all.substring(last + LAST.length())));
        } catch (JsonProcessingException e) {
            throw new IOException("etcd's record of the last fencing isn't JSON", e);
        }
    }

    /** A script that prints what its log has said of decisions since {@link #clock}. */
    public String log() {
        return "journalctl --quiet --no-pager --output=cat --unit=pgha-fence --since='" + clock + "' | "
                + "grep -E 'nothing is stopped|left alone|is being stopped|is off|is free|is on$' || true\n";
    }
}
