package io.github.pgha.sandbox;

import io.github.pgha.sandbox.api.Node;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Cables in the sandbox's network, by lib/node-cable. */
final class NodeCables implements Servers.Cables {
    private final Path program;
    private final String sandbox;

    NodeCables(Path program, String sandbox) {
        this.program = program;
        this.sandbox = sandbox;
    }

    @Override
    public void out(Node node, List<Integer> vmids) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("out", node.name()));
        vmids.forEach(vmid -> words.add(String.valueOf(vmid)));
        run(words);
    }

    @Override
    public void in(Node node) throws IOException, InterruptedException {
        run(List.of("in", node.name(), node.address()));
    }

    private void run(List<String> arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(program.toString(), sandbox));
        words.addAll(arguments);
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", words) + ": " + said.strip());
        }
    }
}
