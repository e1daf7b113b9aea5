package io.github.pgha.host;

/** {@code /etc/ssh/sshd_config.d/10-pgha.conf}: before cloud-init's file, since in sshd the first value counts. */
final class SshdConfig {
    private SshdConfig() {}

    /**
     * Returns the whole file.
     *
     * @param user whom the program logs in as; if that is root, root may still log in with a key
     */
    static String render(String user) {
        return """
                # Written by pgha: changes made by hand are lost.
                # Keys only.
                AuthenticationMethods publickey
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                PermitRootLogin %s
                # Says which key it was that logged in.
                LogLevel VERBOSE
                # An `up` opens a connection for each command, several at a time; the default drops some above ten.
                MaxStartups 64:30:128
                LoginGraceTime 30
                # Nothing that a host of a cluster is for.
                AllowAgentForwarding no
                X11Forwarding no
                PermitTunnel no
                """.formatted(user.equals("root") ? "prohibit-password" : "no");
    }
}
