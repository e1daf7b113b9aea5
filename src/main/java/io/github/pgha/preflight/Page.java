package io.github.pgha.preflight;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.pgha.preflight.Finding.Level;
import io.github.pgha.preflight.Finding.Place;
import io.github.pgha.preflight.Finding.Remedy;
import java.util.List;
import java.util.Locale;

/** Findings as people and programs read them. */
public final class Page {
    private static final String LINE = "%-6s %-12s %s%n";

    private Page() {}

    /** A table with a line for each finding, and the commands that mend it below. */
    public static String render(List<Finding> findings) {
        var page = new StringBuilder();
        for (Finding finding : findings) {
            page.append(LINE.formatted(name(finding.level()), finding.check(), finding.text()));
            for (Remedy remedy : finding.remedies()) {
                page.append("         # ").append(where(remedy)).append(":\n");
                remedy.commands().forEach(command -> page.append("         ").append(command).append('\n'));
            }
        }
        long failed = findings.stream().filter(finding -> finding.level() == Level.FAILS).count();
        return page.append(failed == 0 ? "\nNothing is in the way of an `up`.\n"
                : "\n" + failed + (failed == 1 ? " thing is" : " things are") + " in the way of an `up`.\n").toString();
    }

    /** A list of objects with {@code level}, {@code check}, {@code text} and {@code remedies}. */
    public static String json(List<Finding> findings) {
        var list = new JsonArray();
        for (Finding finding : findings) {
            var object = new JsonObject();
            object.addProperty("level", name(finding.level()));
            object.addProperty("check", finding.check());
            object.addProperty("text", finding.text());
            var remedies = new JsonArray();
            finding.remedies().forEach(remedy -> remedies.add(json(remedy)));
            object.add("remedies", remedies);
            list.add(object);
        }
        return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(list) + "\n";
    }

    private static JsonObject json(Remedy remedy) {
        var object = new JsonObject();
        object.addProperty("place", remedy.place().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        object.addProperty("node", remedy.node());
        var commands = new JsonArray();
        remedy.commands().forEach(commands::add);
        object.add("commands", commands);
        return object;
    }

    private static String name(Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }

    private static String where(Remedy remedy) {
        if (remedy.place() == Place.HERE) {
            return "here";
        }
        return "as root on " + (remedy.node().isEmpty() ? "a node" : remedy.node());
    }
}
