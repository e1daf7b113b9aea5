package io.github.pgha.preflight;

import java.io.IOException;
import java.util.Optional;

/** A way to nodes with the provider's login. */
interface NodeShell extends AutoCloseable {
    /**
     * What came of a command.
     *
     * @param exitCode 255 if there was no login
     * @param out      what it said
     * @param error    what it said on its standard error, or ssh did
     * @param newKey   the host key in the form of known_hosts if it wasn't known
     */
    record Result(int exitCode, String out, String error, Optional<String> newKey) {}

    /** Makes one for a login. */
    interface Opening {
        NodeShell of(SshLogin login) throws IOException;
    }

    /** Runs a script by bash on a node. */
    Result run(String address, String script) throws IOException, InterruptedException;

    /**
     * The public key of the private one, as it stands in authorized_keys.
     *
     * @return empty if there is no private key, or it can't be read without a passphrase
     */
    Optional<String> publicKey() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
