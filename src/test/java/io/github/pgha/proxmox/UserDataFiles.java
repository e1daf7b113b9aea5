package io.github.pgha.proxmox;

/** A machine's user-data, for tests outside the package. */
public final class UserDataFiles {
    private UserDataFiles() {}

    /** The whole file; the host key stands for one. */
    public static String render(String host, Site site) {
        return render(host, site, "-----BEGIN\nx\n-----END\n", "ssh-ed25519 BBBB");
    }

    /** The whole file, with a host key. */
    public static String render(String host, Site site, String hostKey, String hostPublicKey) {
        return new UserData(host, site.adminUser(), site.authorizedKeys(), hostKey, hostPublicKey, site.aptProxy(),
                site.guestAgent(), site.cloudInit()).render();
    }
}
