package io.github.pgha.sandbox.vm;

import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;

/** Network devices as Proxmox writes them. */
public final class NetModel {
    /** Models that Proxmox knows; the model's name is the key of the MAC address. */
    public static final List<String> NAMES = List.of("virtio", "e1000", "e1000e", "rtl8139", "vmxnet3");

    private static final SecureRandom RANDOM = new SecureRandom();

    private NetModel() { }

    /**
     * Gives a device "virtio,bridge=vmbr0" or "model=virtio,macaddr=...,bridge=vmbr0" its lasting form
     * "virtio=BC:24:11:01:02:03,bridge=vmbr0".
     */
    public static String complete(String text) {
        PropertyString net = PropertyString.parse(text, "model");
        String model = net.remove("model");
        String mac = net.remove("macaddr");
        if (model == null) {
            model = NAMES.stream().filter(net::has).findFirst().orElseThrow(
                    () -> new IllegalArgumentException("no network card model, such as virtio, in '" + text + "'"));
            mac = net.remove(model);
        }
        if (!NAMES.contains(model)) {
            throw new IllegalArgumentException("unknown network card model '" + model + "'");
        }
        if (mac == null || mac.isEmpty()) {
            mac = newMac();
        } else if (!VmConfig.isMac(mac)) {
            throw new IllegalArgumentException("'" + mac + "' isn't a MAC address");
        }
        String rest = net.toString();
        return model + "=" + mac.toUpperCase(Locale.ROOT) + (rest.isEmpty() ? "" : "," + rest);
    }

    /** A random address under Proxmox's own prefix. */
    private static String newMac() {
        return String.format("BC:24:11:%02X:%02X:%02X", RANDOM.nextInt(256), RANDOM.nextInt(256), RANDOM.nextInt(256));
    }
}
