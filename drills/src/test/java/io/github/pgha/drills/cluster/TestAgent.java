package io.github.pgha.drills.cluster;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.KeyPair;
import org.apache.sshd.agent.common.AbstractAgentClient;
import org.apache.sshd.agent.local.AgentImpl;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/** An ssh-agent. */
final class TestAgent implements AutoCloseable {
    private final AgentImpl agent = new AgentImpl();
    private final Path socket;
    private final ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);

    TestAgent(Path folder, KeyPair... keys) throws IOException {
        for (KeyPair key : keys) {
            agent.addIdentity(key, "");
        }
        socket = folder.resolve("agent");
        server.bind(UnixDomainSocketAddress.of(socket));
        var thread = new Thread(this::serve, "agent");
        thread.setDaemon(true);
        thread.start();
    }

    Path socket() {
        return socket;
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                var answers = new AbstractAgentClient(agent) {
                    @Override
                    protected void reply(Buffer buffer) throws IOException {
                        client.write(ByteBuffer.wrap(buffer.getCompactData()));
                    }
                };
                ByteBuffer bytes = ByteBuffer.allocate(4096);
                while (client.read(bytes) >= 0) {
                    answers.messageReceived(new ByteArrayBuffer(bytes.array(), 0, bytes.position()));
                    bytes.clear();
                }
            } catch (IOException e) {
                // The client or the test has ended.
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        agent.close();
    }
}
