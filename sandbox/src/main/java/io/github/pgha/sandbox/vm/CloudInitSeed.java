package io.github.pgha.sandbox.vm;

import java.net.InetAddress;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The three files of the cloud-init drive, made from a VM's configuration as Proxmox makes them (NoCloud). Pure: text
 * in, text out. The one difference: the interface is called ens18, its name on a Proxmox VM before cloud-init renames
 * it, where Proxmox writes eth0.
 */
public record CloudInitSeed(String userData, String networkConfig, String metaData, Optional<String> vendorData) {

    /**
     * @param custom texts of the files that "cicustom" names, by kind (user, network, meta, vendor)
     */
    public static CloudInitSeed of(VmConfig config, Map<String, String> custom) {
        String user = custom.containsKey("user") ? custom.get("user") : userData(config);
        String network = custom.containsKey("network") ? custom.get("network") : networkConfig(config);
        String meta = custom.containsKey("meta") ? custom.get("meta")
                : "instance-id: " + VmConfig.sha1(user + network) + "\n";
        return new CloudInitSeed(user, network, meta, Optional.ofNullable(custom.get("vendor")));
    }

    private static String userData(VmConfig config) {
        StringBuilder text = new StringBuilder("#cloud-config\n\n");
        text.append("hostname: ").append(config.name()).append('\n');
        text.append("manage_etc_hosts: true\n");
        config.get("searchdomain").ifPresent(domain ->
                text.append("fqdn: ").append(config.name()).append('.').append(domain).append('\n'));
        config.get("ciuser").ifPresent(user -> text.append("user: ").append(user).append('\n'));
        config.get("cipassword").ifPresent(password -> text.append("password: ").append(password).append('\n'));
        config.get("sshkeys").ifPresent(keys -> {
            text.append("ssh_authorized_keys:\n");
            URLDecoder.decode(keys.replace("+", "%2B"), StandardCharsets.UTF_8).lines().map(String::strip)
                    .filter(key -> !key.isEmpty()).forEach(key -> text.append("  - ").append(key).append('\n'));
        });
        text.append("chpasswd:\n  expire: False\n");
        if (!config.get("ciuser").map("root"::equals).orElse(false)) {
            text.append("users:\n  - default\n");
        }
        if (!config.get("ciupgrade").map("0"::equals).orElse(false)) {
            text.append("package_upgrade: true\n");
        }
        return text.toString();
    }

    private static String networkConfig(VmConfig config) {
        StringBuilder text = new StringBuilder("version: 1\nconfig:\n");
        for (VmConfig.Net net : config.nets()) {
            text.append("    - type: physical\n");
            text.append("      name: ens").append(18 + net.index()).append('\n');
            text.append("      mac_address: '").append(net.mac()).append("'\n");
            text.append("      subnets:\n");
            config.get("ipconfig" + net.index()).ifPresentOrElse(
                    address -> text.append(subnets(PropertyString.parse(address, "ip"))),
                    () -> text.append("      []\n"));
        }
        List<String> servers = words(config.get("nameserver"));
        List<String> domains = words(config.get("searchdomain")).stream()
                .filter(domain -> !domain.isBlank()).toList();
        if (!servers.isEmpty() || !domains.isEmpty()) {
            text.append("    - type: nameserver\n      address:\n");
            servers.forEach(server -> text.append("      - '").append(server).append("'\n"));
            // cloud-init takes an empty list for an error.
            if (!domains.isEmpty()) {
                text.append("      search:\n");
            }
            domains.forEach(domain -> text.append("      - '").append(domain).append("'\n"));
        }
        return text.toString();
    }

    private static String subnets(PropertyString address) {
        StringBuilder text = new StringBuilder();
        String ip = address.get("ip");
        if ("dhcp".equals(ip)) {
            text.append("      - type: dhcp4\n");
        } else if (ip != null) {
            String[] parts = ip.split("/");
            text.append("      - type: static\n");
            text.append("        address: '").append(parts[0]).append("'\n");
            text.append("        netmask: '").append(netmask(Integer.parseInt(parts[1]))).append("'\n");
            if (address.has("gw")) {
                text.append("        gateway: '").append(address.get("gw")).append("'\n");
            }
        }
        String ip6 = address.get("ip6");
        if ("dhcp".equals(ip6)) {
            text.append("      - type: dhcp6\n");
        } else if ("auto".equals(ip6)) {
            text.append("      - type: ipv6_slaac\n");
        } else if (ip6 != null) {
            text.append("      - type: static6\n");
            text.append("        address: '").append(ip6).append("'\n");
            if (address.has("gw6")) {
                text.append("        gateway: '").append(address.get("gw6")).append("'\n");
            }
        }
        return text.toString();
    }

    /** "255.255.254.0" for 23. */
    static String netmask(int prefix) {
        long mask = prefix == 0 ? 0 : 0xFFFFFFFFL << (32 - prefix) & 0xFFFFFFFFL;
        try {
            return InetAddress.getByAddress(new byte[] {
                (byte) (mask >> 24), (byte) (mask >> 16), (byte) (mask >> 8), (byte) mask}).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> words(Optional<String> text) {
        List<String> words = new ArrayList<>();
        text.ifPresent(t -> {
            for (String word : t.split("[,; ]+")) {
                if (!word.isBlank()) {
                    words.add(word);
                }
            }
        });
        return words;
    }
}
