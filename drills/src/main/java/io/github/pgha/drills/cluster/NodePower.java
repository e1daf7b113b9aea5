package io.github.pgha.drills.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The power switch of Proxmox's own nodes: a program that is called {@code PROGRAM NODE off|on}, and ends when that is done.
 * {@code sandbox/node-power} is one; another may speak to the hardware by IPMI.
 */
public final class NodePower {
    /** Names the program; {@code sandbox/run} sets it. */
    public static final String VARIABLE = "PGHA_NODE_POWER";
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Program program;

    private NodePower(Program program) {
        this.program = program;
    }

    /** Empty if the environment names no program. */
    public static Optional<NodePower> of(Map<String, String> environment) {
        return Program.of(environment, VARIABLE).map(NodePower::new);
    }

    void set(String node, boolean on) throws IOException, InterruptedException {
        program.run(LIMIT, node, on ? "on" : "off");
    }
}
