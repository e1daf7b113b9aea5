package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Whether a node has the datastores, for what they are to be, with space for what an {@code up} puts there. */
final class DatastoresCheck {
    private static final String CHECK = "datastores";
    private static final long GIB = 1024L * 1024 * 1024;
    /** What Debian's image is unpacked: so much each new machine writes at once, whatever the size of its disk. */
    private static final int IMAGE_GIB = 3;
    /** The one kind that disks have been tried on. */
    private static final String TRIED = "dir";
    /** Takes the whole size of a disk at once. */
    private static final String THICK = "lvm";

    private final Survey survey;
    private final Wanted wanted;
    private final String node;
    private final List<Finding> findings = new ArrayList<>();

    private DatastoresCheck(Survey survey, Wanted wanted, String node) {
        this.survey = survey;
        this.wanted = wanted;
        this.node = node;
    }

    static List<Finding> of(Survey survey, Wanted wanted, String node) throws ApiException {
        var check = new DatastoresCheck(survey, wanted, node);
        var all = new TreeMap<String, Row>();
        survey.api().rows("/nodes/" + node + "/storage", Map.of()).forEach(row ->
                row.text("storage").ifPresent(name -> all.put(name, row)));
        check.look("imageDatastore", wanted.imageDatastore(), "import", all);
        check.look("snippetDatastore", wanted.snippetDatastore(), "snippets", all);
        if (check.look("vmDatastore", wanted.vmDatastore(), "images", all)) {
            check.disks(all.get(wanted.vmDatastore()));
        }
        return check.findings;
    }

    private boolean look(String key, String name, String content, Map<String, Row> all) {
        Row found = all.get(name);
        if (found == null) {
            findings.add(Finding.fails(CHECK, key + " '" + name + "' must be a datastore of node '" + node
                    + "' that the token may see: " + Survey.list(all.keySet()), Remedy.asRootOn(node, "pvesm status"),
                    Remedy.here(wanted.set(key, with(content, all)))));
            return false;
        }
        if (found.text("enabled").isPresent() && !found.flag("enabled")) {
            findings.add(Finding.fails(CHECK, key + " '" + name + "' must be enabled on node '" + node + "'",
                    Remedy.asRootOn(node, "pvesm set " + name + " --disable 0")));
            return false;
        }
        if (found.text("active").isPresent() && !found.flag("active")) {
            findings.add(Finding.fails(CHECK, key + " '" + name + "' must be active on node '" + node + "'",
                    Remedy.asRootOn(node, "pvesm status --storage " + name)));
            return false;
        }
        Set<String> contents = new TreeSet<>(List.of(found.text("content").orElse("").split(",")));
        if (!contents.contains(content)) {
            findings.add(Finding.fails(CHECK, key + " '" + name + "' must take the content type '" + content + "', and takes "
                    + String.join(", ", contents), Remedy.asRootOn(node,
                            "pvesm set " + name + " --content " + String.join(",", contents) + "," + content)));
            return false;
        }
        findings.add(Finding.ok(CHECK, key + " '" + name + "' on '" + node + "': " + found.text("type").orElse("?")
                + (found.flag("shared") ? ", shared" : "") + free(found)));
        return true;
    }

    private static String with(String content, Map<String, Row> all) {
        return all.entrySet().stream().filter(entry -> List.of(entry.getValue().text("content").orElse("").split(","))
                .contains(content)).map(Map.Entry::getKey).findFirst().orElse("NAME");
    }

    private static String free(Row found) {
        return found.number("avail").map(bytes -> ", " + bytes / GIB + " GiB free").orElse("");
    }

    /** Of new machines on this node, or on all of them where it is shared. */
    private void disks(Row found) {
        String type = found.text("type").orElse("");
        String name = "vmDatastore '" + wanted.vmDatastore() + "' on '" + node + "'";
        if (!type.equals(TRIED)) {
            findings.add(Finding.note(CHECK, name + " is of type " + type + ", on which pgha hasn't been tried"));
        }
        List<Wanted.Machine> made = wanted.machines().stream()
                .filter(machine -> found.flag("shared") || machine.node().equals(node))
                .filter(machine -> survey.own(wanted, machine).isEmpty()).toList();
        if (made.isEmpty() || found.number("avail").isEmpty()) {
            return;
        }
        long free = found.number("avail").orElseThrow();
        long whole = made.stream().mapToLong(Wanted.Machine::diskGb).sum();
        boolean image = wanted.imageDatastore().equals(wanted.vmDatastore());
        long atOnce = (made.size() + (image ? 1L : 0)) * IMAGE_GIB;
        long least = type.equals(THICK) ? whole : atOnce;
        if (free < least * GIB) {
            findings.add(Finding.fails(CHECK, name + " has " + free / GIB + " GiB free and must have " + least + " for "
                    + made.size() + " new disks" + (type.equals(THICK) ? " of their whole size, since they aren't thin"
                            : " of " + IMAGE_GIB + " GiB each" + (image ? " and the image" : "")),
                    Remedy.asRootOn(node, "pvesm list " + wanted.vmDatastore())));
        } else if (free < whole * GIB) {
            findings.add(Finding.note(CHECK, name + " has " + free / GIB + " GiB free, and the disks may grow to " + whole
                    + " in all: they are thin, and writes fail when it is full"));
        }
    }
}
