package io.github.pgha.proxmox;

import io.github.pgha.rules.Ipv4;
import io.github.pgha.rules.Problems;
import io.github.pgha.rules.SshPublicKey;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a {@link Site} must be like. */
public final class SiteRules {
    /**
     * Users and groups that Debian 13's cloud image has from the start (base-passwd and its system packages), or that
     * the packages of the hosts make: a user of that name can't be made, or would be a service's.
     */
    private static final Set<String> SYSTEM_USERS = Set.of(
            "root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy", "www-data",
            "backup", "list", "irc", "_apt", "nobody", "nogroup", "adm", "tty", "disk", "kmem", "dialout",
            "fax", "voice", "cdrom", "floppy", "tape", "sudo", "audio", "dip", "operator", "src", "shadow", "utmp",
            "video", "sasl", "plugdev", "staff", "users", "input", "sgx", "clock", "kvm", "render",
            "crontab", "netdev", "tss",
            "polkitd", "_ssh", "sshd", "messagebus", "dhcpcd", "systemd-network", "systemd-resolve", "systemd-timesync",
            "systemd-journal", "uuidd", "_chrony", "ssl-cert", "postgres", "etcd", "haproxy", "keepalived_script");

    private SiteRules() {}

    /** Adds what is wrong with the parts of a {@link Site}; a null is passed over. */
    public static void check(Problems problems, String imageUrl, String imageChecksum, String imageDatastore,
            String snippetDatastore, String vmDatastore, String bridge, String gateway, List<String> dnsServers,
            String adminUser, List<String> authorizedKeys, String aptProxy) {
        image(problems, imageUrl, imageChecksum);
        datastore(problems, "imageDatastore", imageDatastore);
        datastore(problems, "snippetDatastore", snippetDatastore);
        datastore(problems, "vmDatastore", vmDatastore);
        problems.require(bridge, name -> name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,14}"),
                "bridge '%s' must be the name of a network bridge, such as vmbr0: 1 to 15 letters, digits, _, . and -");
        problems.require(gateway, text -> Ipv4.address(text).isPresent(),
                "gateway '%s' must be an IPv4 address without a prefix, such as 192.168.124.1");
        if (dnsServers != null) {
            dnsServers.forEach(server -> problems.require(server, text -> Ipv4.address(text).isPresent(),
                    "dnsServers: '%s' must be an IPv4 address without a prefix, such as 192.168.124.1"));
        }
        if (problems.require(adminUser, name -> name.matches("[a-z_][a-z0-9_-]{0,31}"),
                "adminUser '%s' must be 1 to 32 lower-case letters, digits, _ and -, and start with a letter or _")) {
            problems.require(adminUser, name -> !SYSTEM_USERS.contains(name),
                    "adminUser '%s' must not be a user or group of the system or of a service");
        }
        if (authorizedKeys != null) {
            for (int i = 0; i < authorizedKeys.size(); i++) {
                SshPublicKey.check(problems, "authorizedKeys[" + i + "]", authorizedKeys.get(i));
            }
        }
        problems.require(aptProxy, text -> httpUrl(text).filter(url -> url.getPort() != 0 && url.getPort() <= 65535)
                        .filter(url -> url.getRawQuery() == null && url.getRawFragment() == null)
                        .filter(url -> url.getRawPath().matches("/?")).isPresent(),
                "aptProxy '%s' must be the http or https URL of a proxy, such as http://192.168.124.1:3142");
    }

    /** Adds what is wrong with where machines are put; a null is passed over. */
    public static void check(Problems problems, String pool, Integer vlan, String searchDomain) {
        // PVE::AccessControl: three levels at most.
        problems.require(pool, name -> name.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,2}"),
                "proxmoxPool '%s' must be the name of a resource pool of Proxmox: letters, digits, ., _ and -, and / between a "
                        + "pool and one below it, at most 3 levels");
        problems.require(vlan, tag -> tag >= 1 && tag <= 4094, "vlan '%s' must be a VLAN tag from 1 to 4094, or 0 for none");
        problems.require(searchDomain, name -> name.length() <= 253
                        && name.matches("(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"),
                "searchDomain '%s' must be a domain name, such as lan.example.org");
    }

    private static void image(Problems problems, String url, String checksum) {
        // What Proxmox VE takes for a file of the content type 'import' (PVE::Storage).
        if (problems.require(url, text -> httpUrl(text).isPresent(),
                "imageUrl '%s' must be an http or https URL, "
                        + "such as https://HOST/debian-13-genericcloud-amd64.qcow2")) {
            problems.require(url, text -> fileName(URI.create(text)).matches("[A-Za-z0-9.+=_-]+\\.(qcow2|raw|vmdk)"),
                    "imageUrl '%s' must end with the name of a .qcow2, .raw or .vmdk file");
        }
        problems.require(checksum, text -> text.matches("[0-9a-fA-F]{128}"),
                "imageChecksum '%s' must be a SHA-512: 128 hexadecimal digits");
    }

    private static void datastore(Problems problems, String key, String value) {
        problems.require(value, id -> id.matches("[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]"),
                "%2$s '%1$s' must be the name of a Proxmox datastore: at least 2 letters, digits, -, _ and ., "
                        + "from a letter to a letter or digit", key);
    }

    private static Optional<URI> httpUrl(String text) {
        try {
            var url = new URI(text);
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            return http && url.getHost() != null ? Optional.of(url) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static String fileName(URI url) {
        return url.getPath().substring(url.getPath().lastIndexOf('/') + 1);
    }
}
