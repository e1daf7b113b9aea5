package io.github.pgha.host;

/** A host's files, for tests outside the package. */
public final class HostFiles {
    private HostFiles() {}

    /** sshd's settings. */
    public static String sshd(String user) {
        return SshdConfig.render(user);
    }
}
