package io.github.pgha.drills.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.drills.measure.Statistics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * All drills of a session.
 *
 * @param preset   the name of the settings under which they ran
 * @param title    what was drilled, for the head of the page
 * @param runs     in the order in which they ran
 * @param skipped  faults that weren't tried, and why
 */
public record Report(String preset, String title, List<Run> runs, Map<String, String> skipped) {
    /** The runs of each fault, by its name, in the order of the first ones. */
    public Map<String, List<Run>> byFault() {
        Map<String, List<Run>> faults = new LinkedHashMap<>();
        runs.forEach(run -> faults.computeIfAbsent(run.fault(), name -> new ArrayList<>()).add(run));
        return faults;
    }

    /** Whether all that was promised has been kept in all runs. */
    public boolean passed() {
        return runs.stream().allMatch(Run::passed);
    }

    /** Median and worst of a figure over runs. */
    static Statistics statistics(List<Run> runs, ToDoubleFunction<Run> figure) {
        return Statistics.of(runs.stream().map(figure::applyAsDouble).toList());
    }

    /** The report for machines. */
    public String json() {
        List<Map<String, Object>> faults = new ArrayList<>();
        byFault().forEach((name, all) -> faults.add(fault(name, all)));
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("faults", faults);
        if (!skipped.isEmpty()) {
            root.put("skipped", skipped);
        }
        var printer = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"))
                .withArrayIndenter(new DefaultIndenter("  ", "\n"));
        try {
            return new ObjectMapper().writer(printer).writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private Map<String, Object> fault(String name, List<Run> all) {
        Map<String, Object> fault = new LinkedHashMap<>();
        fault.put("name", name);
        fault.put("preset", preset);
        fault.put("runs", all.size());
        fault.put("writeGapSeconds", statistics(all, run -> run.writes().gap()));
        fault.put("readGapSeconds", statistics(all, run -> run.reads().gap()));
        fault.put("lostRows", all.stream().mapToInt(run -> run.verdict().lost().size()).sum());
        fault.put("splitBrainSamples", all.stream().mapToInt(run -> run.sightings().splitBrains()).sum());
        fault.put("healed", all.stream().allMatch(Run::healed));
        fault.put("fencing", all.stream().map(run -> run.fencing().toString()).toList());
        fault.put("asDemanded", all.stream().allMatch(run -> run.amiss().isEmpty()));
        fault.put("writeGapBrokenSeconds", statistics(all, run -> run.writes().gapBroken()));
        fault.put("writeGapHealingSeconds", statistics(all, run -> run.writes().gapHealing()));
        fault.put("worstWriterGapSeconds", statistics(all, run -> run.writes().worstClient()));
        fault.put("worstReaderGapSeconds", statistics(all, run -> run.reads().worstClient()));
        fault.put("healedAfterSeconds", statistics(all, Run::healedAfter));
        fault.put("wholeAfterSeconds", statistics(all, Run::wholeAfter));
        fault.put("acknowledgedRows", all.stream().mapToInt(run -> run.verdict().acknowledged()).sum());
        fault.put("indeterminateRows", all.stream().mapToInt(run -> run.verdict().indeterminate()).sum());
        fault.put("uninvitedRows", all.stream().mapToInt(run -> run.verdict().uninvited().size()).sum());
        fault.put("samples", all.stream().mapToInt(run -> run.sightings().samples()).sum());
        fault.put("twoPrimariesSamples", all.stream().mapToInt(run -> run.sightings().twoPrimaries()).sum());
        fault.put("writeErrors", sum(all.stream().map(run -> run.writes().errors()).toList()));
        fault.put("readErrors", sum(all.stream().map(run -> run.reads().errors()).toList()));
        fault.put("timelines", all.stream().map(run -> Map.of(
                "before", run.before().timeline(), "after", run.after().timeline()))
                .map(TreeMap::new).toList());
        fault.put("notes", all.stream().flatMap(run -> run.notes().stream()).distinct().toList());
        fault.put("amiss", all.stream().flatMap(run -> run.amiss().stream()).distinct().toList());
        fault.put("lacks", all.stream().flatMap(run -> run.lacks().stream()).distinct().toList());
        return fault;
    }

    /** The sum of counts by kind. */
    static Map<String, Integer> sum(List<Map<String, Integer>> counts) {
        Map<String, Integer> sum = new TreeMap<>();
        counts.forEach(each -> each.forEach((kind, count) -> sum.merge(kind, count, Integer::sum)));
        return sum;
    }
}
