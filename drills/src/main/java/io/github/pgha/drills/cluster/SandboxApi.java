package io.github.pgha.drills.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The sandbox's way to let its Proxmox API fail the fencing service; see sandbox/fail-api. */
public final class SandboxApi {
    /** Names the program; {@code sandbox/run} sets it. */
    public static final String VARIABLE = "PGHA_SANDBOX_FAIL_API";
    private static final int SECONDS = 10;

    private final String program;

    private SandboxApi(String program) {
        this.program = program;
    }

    /** Empty outside the sandbox. */
    public static Optional<SandboxApi> of(Map<String, String> environment) {
        return Optional.ofNullable(environment.get(VARIABLE)).filter(text -> !text.isBlank()).map(SandboxApi::new);
    }

    void fail(String kind) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program, kind).redirectErrorStream(true).start();
        process.getOutputStream().close();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(program + " " + kind + " did not end within " + SECONDS + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException(program + " " + kind + " failed: "
                    + new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }
}
