package io.github.pgha.proxmox;

/** A machine's user-data, for tests outside the package. */
public final class UserDataFiles {
    private UserDataFiles() {}

    /** The whole file; the host key stands for one. */
    public static String render(String host, Site site) {
        return new UserData(host, site.adminUser(), site.authorizedKeys(), "-----BEGIN\nx\n-----END\n",
                "ssh-ed25519 BBBB", site.aptProxy(), site.guestAgent(), site.cloudInit()).render();
    }
}
