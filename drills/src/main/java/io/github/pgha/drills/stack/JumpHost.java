package io.github.pgha.drills.stack;

/**
 * A host through whose SSH server another is reached.
 *
 * @param address IPv4 address or DNS name
 * @param user    who logs in there
 * @param hostKey the SSH public key that it must show, {@code ssh-ed25519 AAAA...}
 * @param port    where its SSH server listens
 */
public record JumpHost(String address, String user, String hostKey, int port) {
    @Override
    public String toString() {
        return address;
    }
}
