package io.github.pgha.drills.cluster;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.agent.common.AbstractAgentProxy;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/** The ssh-agent of whoever runs this. The library's own client of one wants a native library. */
public final class Agent extends AbstractAgentProxy {
    private static final String VARIABLE = "SSH_AUTH_SOCK";
    private static final int LONGEST = 256 * 1024;

    private final UnixDomainSocketAddress socket;

    private Agent(String socket) {
        super(null);
        this.socket = UnixDomainSocketAddress.of(socket);
    }

    /** The one that the environment names; empty if it names none. */
    public static Optional<Agent> of(Map<String, String> environment) {
        return Optional.ofNullable(environment.get(VARIABLE)).filter(text -> !text.isBlank()).map(Agent::new);
    }

    @Override
    protected Buffer request(Buffer request) throws IOException {
        // A connection for each question: so there is none to be closed when a login has ended somehow.
        try (var channel = SocketChannel.open(socket)) {
            ByteBuffer bytes = ByteBuffer.wrap(request.array(), request.rpos(), request.available());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            int length = read(channel, Integer.BYTES).getInt();
            if (length < 1 || length > LONGEST) {
                throw new IOException("its answer isn't an agent's");
            }
            return new ByteArrayBuffer(read(channel, length).array());
        } catch (IOException e) {
            throw new IOException("the ssh-agent (" + VARIABLE + ") can't be asked: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer read(SocketChannel channel, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException("it ended the connection");
            }
        }
        return bytes.flip();
    }

    @Override
    public boolean isOpen() {
        return true;
    }
}
