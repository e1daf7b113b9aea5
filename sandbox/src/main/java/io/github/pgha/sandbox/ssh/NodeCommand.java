package io.github.pgha.sandbox.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's command as a process of this machine. */
final class NodeCommand implements Command {
    private static final Logger LOG = LoggerFactory.getLogger(NodeCommand.class);

    private final List<String> words;
    private InputStream in;
    private OutputStream out;
    private OutputStream err;
    private ExitCallback exit;
    private Process process;

    NodeCommand(List<String> words) {
        this.words = words;
    }

    @Override
    public void setInputStream(InputStream stream) {
        in = stream;
    }

    @Override
    public void setOutputStream(OutputStream stream) {
        out = stream;
    }

    @Override
    public void setErrorStream(OutputStream stream) {
        err = stream;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        exit = callback;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) throws IOException {
        process = new ProcessBuilder(words).start();
        pump("in", in, process.getOutputStream());
        Thread standard = pump("out", process.getInputStream(), out);
        Thread errors = pump("err", process.getErrorStream(), err);
        thread("wait", () -> {
            try {
                int code = process.waitFor();
                standard.join();
                errors.join();
                LOG.debug("command ended with {}: {}", code, words);
                exit.onExit(code);
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        });
    }

    @Override
    public void destroy(ChannelSession channel) throws Exception {
        if (process != null && process.isAlive()) {
            process.destroy();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private Thread pump(String name, InputStream from, OutputStream to) {
        return thread(name, () -> {
            byte[] buffer = new byte[8192];
            try {
                for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                    to.write(buffer, 0, count);
                    to.flush();
                }
                to.close();
            } catch (IOException e) {
                // One side went away: the process ended without reading, or the client hung up.
                LOG.debug("{} of {} closed", name, words, e);
            }
        });
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, "ssh-command-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
