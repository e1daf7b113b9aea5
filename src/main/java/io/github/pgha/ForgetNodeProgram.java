package io.github.pgha;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code make forget-node}: takes what was on a Proxmox node that is lost for good out of the stack's state, so that the next
 * {@code up} makes it on other nodes. Pulumi can't: to remove a file or an image it would ask the node that is gone.
 *
 * <p>Machines go by a {@code refresh}, which fails, and all stays as it is, as long as Proxmox VE still counts them to the
 * node. Arguments: the stack, the node. Exit codes: 0 if the state has nothing of the node any more, 1 otherwise.
 */
final class ForgetNodeProgram {
    private static final String MACHINE = "proxmoxve:index/vmLegacy:VmLegacy";

    /**
     * What the state has of a node.
     *
     * @param machines URNs of machines
     * @param files    URNs of files and images, each before those that it depends on
     */
    record Held(List<String> machines, List<String> files) {
        boolean isEmpty() {
            return machines.isEmpty() && files.isEmpty();
        }
    }

    private final String stack;
    private final String node;

    private ForgetNodeProgram(String stack, String node) {
        this.stack = stack;
        this.node = node;
    }

    /** Runs the command. */
    public static void main(String[] args) throws InterruptedException {
        try {
            if (args.length != 2 || args[1].isBlank()) {
                throw new IOException("say which node is lost: make forget-node NODE=pve2");
            }
            new ForgetNodeProgram(args[0], args[1]).run();
        } catch (IOException | JsonParseException e) {
            System.err.println("forget-node: " + e.getMessage());
            System.exit(1);
        }
    }

    private void run() throws IOException, InterruptedException {
        Held held = held();
        if (held.isEmpty()) {
            throw new IOException("the stack '" + stack + "' has nothing on a node '" + node + "'");
        }
        if (!held.machines.isEmpty()) {
            boolean refreshed = pulumi(Stream.concat(Stream.of("refresh", "--yes", "--skip-preview"),
                    held.machines.stream().flatMap(urn -> Stream.of("--target", urn))));
            List<String> still = held().machines;
            if (!refreshed || !still.isEmpty()) {
                throw new IOException("Proxmox VE must have forgotten node '" + node + "', and "
                        + (refreshed ? "still has " + names(still) + " there" : "didn't say so: see above")
                        + ". If the node never comes back, run on another one, as root: pvecm delnode " + node
                        + " && rm -r /etc/pve/nodes/" + node);
            }
        }
        for (String urn : held.files) {
            if (!pulumi(Stream.of("state", "delete", "--yes", urn))) {
                throw new IOException("the state still has " + names(List.of(urn)) + ": pulumi said why. Run this again");
            }
        }
        System.out.println("The stack '" + stack + "' has forgotten node '" + node + "'"
                + (held.machines.isEmpty() ? "" : " and " + names(held.machines))
                + ". Take the node out of `proxmoxNodes` and of hosts' `node`, then run `pulumi up`.");
    }

    /** Whether it went well; what it says goes to the user. */
    private boolean pulumi(Stream<String> arguments) throws IOException, InterruptedException {
        return start(ProcessBuilder.Redirect.INHERIT, arguments).waitFor() == 0;
    }

    private Process start(ProcessBuilder.Redirect output, Stream<String> arguments) throws IOException {
        return new ProcessBuilder(Stream.of(Stream.of("pulumi"), arguments, Stream.of("--stack", stack))
                .flatMap(words -> words).toList())
                .redirectInput(ProcessBuilder.Redirect.INHERIT).redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(output).start();
    }

    private Held held() throws IOException, InterruptedException {
        Process export = start(ProcessBuilder.Redirect.PIPE, Stream.of("stack", "export"));
        String state = new String(export.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (export.waitFor() != 0) {
            throw new IOException("the state of the stack '" + stack + "' can't be read: pulumi said why");
        }
        return held(JsonParser.parseString(state).getAsJsonObject(), node);
    }

    /** @param state what {@code pulumi stack export} prints, where each resource comes after those that it depends on */
    static Held held(JsonObject state, String node) {
        var machines = new ArrayList<String>();
        var files = new ArrayList<String>();
        for (JsonElement element : state.getAsJsonObject("deployment").getAsJsonArray("resources")) {
            JsonObject resource = element.getAsJsonObject();
            JsonElement on = resource.has("outputs") ? resource.getAsJsonObject("outputs").get("nodeName") : null;
            if (on != null && on.isJsonPrimitive() && on.getAsString().equals(node)) {
                (resource.get("type").getAsString().equals(MACHINE) ? machines : files)
                        .add(resource.get("urn").getAsString());
            }
        }
        Collections.reverse(files);
        return new Held(List.copyOf(machines), List.copyOf(files));
    }

    private static String names(List<String> urns) {
        return urns.stream().map(urn -> urn.substring(urn.lastIndexOf(':') + 1)).collect(Collectors.joining(", "));
    }
}
