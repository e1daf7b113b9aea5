package io.github.pgha.it;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Shell scripts beside the cluster and on its hosts. */
final class Shell {
    private final Map<String, String> outputs = new ConcurrentHashMap<>();

    /** What a script said, on standard output and error, and how it ended. */
    record Answer(int status, String text) {
        boolean ok() {
            return status == 0;
        }
    }

    /** Runs a script inside the sandbox's network, where a client of the cluster would be. */
    Answer client(String script) {
        return answer(Lab.run("bash", "-c", script));
    }

    /** Runs a script as root on a host. */
    Answer on(String host, String script) {
        return answer(Lab.on(host, "bash", "-c", script));
    }

    /** Like {@link #on}, for what must work: its output, without the last line's end. */
    String must(String host, String script) {
        return Lab.on(host, "bash", "-c", script).ok().said().strip();
    }

    /** An output of the stack, secret ones too. */
    String output(String name) {
        return outputs.computeIfAbsent(name, key ->
                Lab.pulumi("stack", "output", "--stack", "dev", "--show-secrets", key).ok().out().strip());
    }

    private static Answer answer(Run run) {
        return new Answer(run.exit(), run.said());
    }
}
