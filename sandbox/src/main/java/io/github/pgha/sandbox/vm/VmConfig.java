package io.github.pgha.sandbox.vm;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A VM's configuration: Proxmox's keys (name, cores, scsi0, net0, ipconfig0, ...) and their text. Immutable. */
public record VmConfig(int id, Map<String, String> values) {
    private static final Pattern DRIVE = Pattern.compile("(ide|sata|scsi|virtio)\\d+|efidisk0|tpmstate0");
    private static final Pattern NET = Pattern.compile("net\\d+");
    private static final Pattern MAC = Pattern.compile("(?i)([0-9a-f]{2}:){5}[0-9a-f]{2}");

    /** A network device. */
    public record Net(int index, String mac, String bridge, boolean plugged) { }

    public VmConfig {
        values = new TreeMap<>(values);
    }

    public static boolean isDrive(String key) {
        return DRIVE.matcher(key).matches();
    }

    public static boolean isNet(String key) {
        return NET.matcher(key).matches();
    }

    public static boolean isMac(String text) {
        return MAC.matcher(text).matches();
    }

    public Optional<String> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    public String name() {
        return get("name").orElse("VM " + id);
    }

    /** Virtual processors: cores times sockets. */
    public int processors() {
        return number("cores", 1) * number("sockets", 1);
    }

    /** Memory in MiB; Proxmox's default is 512. */
    public int memory() {
        return get("memory").map(m -> PropertyString.parse(m, "current").get("current")).map(Integer::parseInt)
                .orElse(512);
    }

    public boolean flag(String key) {
        return get(key).map("1"::equals).orElse(false);
    }

    /** Whether the guest agent is switched on ("agent: 1" or "agent: enabled=1,..."). */
    public boolean agent() {
        return get("agent").map(a -> PropertyString.parse(a, "enabled").get("enabled")).map("1"::equals).orElse(false);
    }

    /** Network devices by their index. */
    public List<Net> nets() {
        List<Net> nets = new ArrayList<>();
        values.forEach((key, value) -> {
            if (isNet(key)) {
                PropertyString net = PropertyString.parse(value, "model");
                nets.add(new Net(Integer.parseInt(key.substring(3)), macOf(net),
                        Optional.ofNullable(net.get("bridge")).orElse("vmbr0"), !"1".equals(net.get("link_down"))));
            }
        });
        nets.sort(Comparator.comparingInt(Net::index));
        return nets;
    }

    /** The MAC address of a device "virtio=BC:24:11:...,bridge=vmbr0", in lower case; empty if it has none yet. */
    static String macOf(PropertyString net) {
        for (String model : NetModel.NAMES) {
            if (net.has(model)) {
                return net.get(model).toLowerCase(Locale.ROOT);
            }
        }
        return "";
    }

    /** Drives by name, without those that are empty ("none"). */
    public Map<String, PropertyString> drives() {
        Map<String, PropertyString> drives = new TreeMap<>();
        values.forEach((key, value) -> {
            if (isDrive(key)) {
                PropertyString drive = PropertyString.parse(value, "file");
                if (!"none".equals(drive.get("file"))) {
                    drives.put(key, drive);
                }
            }
        });
        return drives;
    }

    /** A fingerprint that changes with the configuration; Proxmox shows it as "digest". */
    public String digest() {
        return sha1(values.toString());
    }

    static String sha1(String text) {
        try {
            return HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An integer value. */
    public int number(String key, int otherwise) {
        return get(key).map(Integer::parseInt).orElse(otherwise);
    }
}
