package io.github.pgha.sandbox;

import io.github.pgha.sandbox.api.Cluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nobody can ask a Proxmox VE for, and the sandbox's scripts ask here, on a socket in the state: the nodes' power,
 * their end, machines that move. One line in ("power pve2 off", "migrate 111 pve3"), one out: "ok", or what went wrong.
 */
final class Control implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Control.class);

    private final Cluster cluster;
    private final Servers servers;
    private final Path file;
    private final ServerSocketChannel socket;

    Control(Path file, Cluster cluster, Servers servers) throws IOException {
        this.cluster = cluster;
        this.servers = servers;
        this.file = file;
        Files.deleteIfExists(file);
        socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        socket.bind(UnixDomainSocketAddress.of(file));
    }

    /** Begins to answer; who has come before waits until now. */
    void listen() {
        Thread thread = new Thread(this::serve, "control");
        thread.setDaemon(true);
        thread.start();
    }

    /** Where it listens. */
    Path file() {
        return file;
    }

    private void serve() {
        while (socket.isOpen()) {
            try (SocketChannel client = socket.accept();
                    BufferedReader in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8))) {
                String line = in.readLine();
                client.write(ByteBuffer.wrap((answer(line == null ? "" : line) + "\n").getBytes(StandardCharsets.UTF_8)));
            } catch (ClosedChannelException e) {
                LOG.debug("the control socket is closed");
            } catch (IOException e) {
                LOG.warn("a client of the control socket went away", e);
            }
        }
    }

    private String answer(String line) {
        LOG.info("{}", line);
        List<String> words = List.of(line.strip().split(" "));
        try {
            switch (words.get(0)) {
                case "power" -> {
                    if (words.get(2).equals("on")) {
                        servers.powerOn(cluster.node(words.get(1)));
                    } else {
                        servers.powerOff(cluster.node(words.get(1)));
                    }
                }
                case "remove" -> servers.remove(cluster.node(words.get(1)));
                case "migrate" -> servers.migrate(Integer.parseInt(words.get(1)), cluster.node(words.get(2)));
                default -> throw new IOException("the sandbox has no '" + line + "'");
            }
            return "ok";
        } catch (Exception e) {
            LOG.warn("{}: {}", line, e.getMessage(), e);
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("failed");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        Files.deleteIfExists(file);
    }
}
