package io.github.pgha.readiness;

import io.github.pgha.host.OpenSsh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An ssh-agent that has one key and ends by itself soon. So the key is in no file, also if this program is killed.
 */
final class KeyAgent implements AutoCloseable {
    private static final Duration MOST = Duration.ofSeconds(5);
    private static final String LIFE_SECONDS = "20";
    private static final int PAUSE_MS = 10;

    private final Process life;

    private KeyAgent(Process life) {
        this.life = life;
    }

    /**
     * Starts one.
     *
     * @param socket     where it listens
     * @param privateKey the key, without a passphrase
     * @throws IOException if there is no OpenSSH, or it doesn't take the key
     */
    static KeyAgent start(Path socket, String privateKey) throws IOException {
        // It ends when the program ends that it starts.
        var agent = new KeyAgent(new ProcessBuilder("ssh-agent", "-a", socket.toString(), "sleep", LIFE_SECONDS)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD).start());
        try {
            agent.take(socket, privateKey);
            return agent;
        } catch (InterruptedException e) {
            agent.close();
            Thread.currentThread().interrupt();
            throw new IOException("the ssh-agent was not waited for", e);
        } catch (IOException e) {
            agent.close();
            throw e;
        }
    }

    private void take(Path socket, String privateKey) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(MOST);
        while (!Files.exists(socket)) {
            if (!life.isAlive() || Instant.now().isAfter(end)) {
                throw new IOException("ssh-agent doesn't listen");
            }
            Thread.sleep(PAUSE_MS);
        }
        OpenSsh.Result added = OpenSsh.run(List.of("ssh-add", "-q", "-t", LIFE_SECONDS, "-"),
                Map.of("SSH_AUTH_SOCK", socket.toString()), privateKey.strip() + "\n", MOST);
        if (added.exitCode() != 0) {
            // It says nothing of the key itself.
            throw new IOException("ssh-agent doesn't take the hosts' key: " + added.error().strip());
        }
    }

    @Override
    public void close() {
        life.destroy();
    }
}
