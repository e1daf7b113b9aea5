package io.github.pgha.drills.cluster;

import io.github.pgha.drills.stack.Host;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The sandbox's ways to let its Proxmox VE fail; see sandbox/fail-api, sandbox/lock and sandbox/hang. */
public final class SandboxApi {
    /** Names the program that makes the API fail the fencing service; {@code sandbox/run} sets it. */
    public static final String VARIABLE = "PGHA_SANDBOX_FAIL_API";
    private static final String LOCK = "PGHA_SANDBOX_LOCK";
    private static final String HANG = "PGHA_SANDBOX_HANG";
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Program fail;
    private final Optional<Program> lock;
    private final Optional<Program> hang;

    private SandboxApi(Program fail, Map<String, String> environment) {
        this.fail = fail;
        lock = Program.of(environment, LOCK);
        hang = Program.of(environment, HANG);
    }

    /** Empty outside the sandbox. */
    public static Optional<SandboxApi> of(Map<String, String> environment) {
        return Program.of(environment, VARIABLE).map(fail -> new SandboxApi(fail, environment));
    }

    void fail(String kind) throws IOException, InterruptedException {
        fail.run(LIMIT, kind);
    }

    void lock(Host host, String kind) throws IOException, InterruptedException {
        needed(lock, LOCK).run(LIMIT, String.valueOf(host.vmId()), kind);
    }

    void hang(Host host, boolean on) throws IOException, InterruptedException {
        needed(hang, HANG).run(LIMIT, String.valueOf(host.vmId()), on ? "on" : "off");
    }

    private static Program needed(Optional<Program> program, String variable) throws IOException {
        return program.orElseThrow(() -> new IOException("the environment has no " + variable
                + ": ./sandbox/run of this version sets it"));
    }
}
