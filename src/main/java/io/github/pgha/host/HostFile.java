package io.github.pgha.host;

/**
 * A text file on a host.
 *
 * @param path  absolute path
 * @param owner {@code user:group}
 * @param mode  octal, such as {@code 0600}
 * @param text  content; a last newline is added if it has none
 */
public record HostFile(String path, String owner, String mode, String text) {
    /** @throws IllegalArgumentException if the path isn't absolute or the mode isn't octal */
    public HostFile {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path '" + path + "': must be absolute");
        }
        if (!mode.matches("0[0-7]{3}")) {
            throw new IllegalArgumentException("mode '" + mode + "' of " + path + ": must be four octal digits");
        }
    }

    /**
     * A drop-in that lets systemd start a service again however it ended.
     *
     * @param service name of its unit, without {@code .service}
     */
    public static HostFile restarted(String service) {
        return new HostFile("/etc/systemd/system/" + service + ".service.d/pgha-restart.conf", "root:root", "0644",
                HostScript.resource("host/restart.conf"));
    }
}
