package io.github.pgha.drills.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.sshd.client.auth.pubkey.KeyAgentIdentity;
import org.apache.sshd.client.auth.pubkey.KeyPairIdentity;
import org.apache.sshd.client.auth.pubkey.PublicKeyIdentity;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.signature.SignatureFactoriesManager;

/**
 * What logs in: the key of the stack's outputs, then those of an ssh-agent. The library would offer an agent's keys first, of
 * which a few are all that a server listens to.
 */
final class Keys extends UserAuthPublicKeyFactory {
    private final Optional<KeyPair> key;
    private final Optional<Agent> agent;

    Keys(Optional<KeyPair> key, Optional<Agent> agent) {
        this.key = key;
        this.agent = agent;
    }

    @Override
    public UserAuthPublicKey createUserAuth(ClientSession session) {
        return new UserAuthPublicKey(getSignatureFactories()) {
            @Override
            protected Iterator<PublicKeyIdentity> createPublicKeyIterator(ClientSession to, SignatureFactoriesManager manager) {
                // An agent that isn't there any more is no obstacle as long as nobody needs it.
                return Stream.concat(
                        key.stream().<PublicKeyIdentity>map(pair -> new KeyPairIdentity(manager, to, pair)),
                        agent.stream().flatMap(Keys::held)).iterator();
            }
        };
    }

    private static Stream<PublicKeyIdentity> held(Agent agent) {
        List<PublicKeyIdentity> held = new ArrayList<>();
        try {
            for (Map.Entry<PublicKey, String> entry : agent.getIdentities()) {
                held.add(new KeyAgentIdentity(agent, entry.getKey(), entry.getValue()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
        return held.stream();
    }
}
