package io.github.pgha.sandbox.vm;

import java.net.InetAddress;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The files of the cloud-init drive, made from a VM's configuration as Proxmox makes them (NoCloud). Pure: text in, text
 * out. Cards are named eth0, eth1, ...: cloud-init gives them these names at each boot.
 */
public record CloudInitSeed(String userData, String networkConfig, String metaData, String vendorData) {
    /** What VMs are noted as made with. */
    public static final String QEMU = "10.1.2";
    /** Those of the first sandboxes: their cards keep the names that the machine gives them, and their instance its id. */
    private static final String FIRST_QEMU = "creation-qemu=9.2.0";

    /**
     * @param custom texts of the files that "cicustom" names, by kind (user, network, meta, vendor)
     * @param search search domains of the node, for VMs without "searchdomain"
     * @param servers name servers of the node, for VMs without "nameserver"
     */
    public static CloudInitSeed of(VmConfig config, Map<String, String> custom, List<String> search, List<String> servers) {
        String user = Objects.requireNonNullElseGet(custom.get("user"), () -> userData(config));
        String network = Objects.requireNonNullElseGet(custom.get("network"), () -> networkConfig(config, search, servers));
        String meta = Objects.requireNonNullElseGet(custom.get("meta"),
                () -> "instance-id: " + VmConfig.sha1(user + network) + "\n");
        return new CloudInitSeed(user, network, meta, custom.getOrDefault("vendor", ""));
    }

    private static String userData(VmConfig config) {
        String name = config.get("name").orElse("VM" + config.id());
        String host = name.replaceFirst("\\..*", "");
        String domain = name.contains(".") ? "" : config.get("searchdomain").filter(d -> !d.isEmpty()).map("."::concat)
                .orElse("");
        Optional<String> user = config.get("ciuser");
        boolean root = user.equals(Optional.of("root"));
        StringBuilder text = new StringBuilder("#cloud-config\n");
        text.append("hostname: ").append(host).append("\nmanage_etc_hosts: true\n");
        text.append("fqdn: ").append(name).append(domain).append('\n');
        user.ifPresent(u -> text.append("user: ").append(u).append('\n'));
        if (root) {
            text.append("disable_root: False\n");
        }
        config.get("cipassword").ifPresent(password -> text.append("password: ").append(password).append('\n'));
        config.get("sshkeys").ifPresent(keys -> {
            text.append("ssh_authorized_keys:\n");
            URLDecoder.decode(keys.replace("+", "%2B"), StandardCharsets.UTF_8).lines()
                    .filter(key -> !key.isBlank()).forEach(key -> text.append("  - ").append(key).append('\n'));
        });
        text.append("chpasswd:\n  expire: False\n");
        if (!root) {
            text.append("users:\n  - default\n");
        }
        if (!config.get("ciupgrade").equals(Optional.of("0"))) {
            text.append("package_upgrade: true\n");
        }
        return text.toString();
    }

    private static String networkConfig(VmConfig config, List<String> search, List<String> servers) {
        boolean first = config.get("meta").filter(meta -> meta.contains(FIRST_QEMU)).isPresent();
        Function<Integer, String> name = index -> first ? "ens" + (18 + index) : "eth" + index;
        StringBuilder text = new StringBuilder("version: 1\nconfig:\n");
        Map<String, VmConfig.Net> nets = new TreeMap<>();
        // In the order of their names: net10 comes before net2.
        config.nets().forEach(net -> nets.put("net" + net.index(), net));
        for (VmConfig.Net net : nets.values()) {
            config.get("ipconfig" + net.index()).ifPresent(address -> text.append("    - type: physical\n      name: ")
                    .append(name.apply(net.index())).append("\n      mac_address: '").append(net.mac())
                    .append("'\n      subnets:\n").append(subnets(PropertyString.parse(address, "ip"))));
        }
        List<String> ownServers = config.get("nameserver").map(CloudInitSeed::words).orElse(first ? List.of() : servers);
        List<String> ownSearch = config.get("searchdomain").map(CloudInitSeed::words).orElse(first ? List.of() : search);
        if (first && ownServers.isEmpty() && ownSearch.isEmpty()) {
            return text.toString();
        }
        text.append("    - type: nameserver\n");
        if (first || !ownServers.isEmpty()) {
            text.append("      address:\n");
        }
        ownServers.forEach(server -> text.append("      - '").append(server).append("'\n"));
        if (!ownSearch.isEmpty()) {
            text.append("      search:\n");
        }
        ownSearch.forEach(domain -> text.append("      - '").append(domain).append("'\n"));
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

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }
}
