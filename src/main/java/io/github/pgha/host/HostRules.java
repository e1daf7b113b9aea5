package io.github.pgha.host;

import io.github.pgha.rules.Ipv4;
import io.github.pgha.rules.Problems;

/** What every host must be like, whichever kind it is. */
public final class HostRules {
    private HostRules() {}

    /**
     * Adds what is wrong with a name and an address; a null is passed over.
     *
     * @param host what the host is called in sentences, such as {@code host 'pg1'}
     */
    public static void check(Problems problems, String host, String name, String address) {
        problems.require(name, n -> n.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?") && !n.equals("localhost"),
                "%2$s: name '%1$s' must be 1 to 63 lower-case letters, digits and hyphens, with no hyphen at an end, "
                        + "and not localhost", host);
        address(problems, host, address);
    }

    private static void address(Problems problems, String host, String text) {
        var address = Ipv4.withPrefix(text);
        if (!problems.require(text, t -> address.isPresent(),
                "%2$s: address '%1$s' must be an IPv4 address with its prefix, such as 192.168.125.13/23", host)
                || !problems.require(text, t -> address.get().prefix() >= 8 && address.get().prefix() <= 30,
                "%2$s: address '%1$s' must have a prefix of 8 to 30", host)) {
            return;
        }
        problems.require(text, t -> !address.get().isNetwork(),
                "%2$s: address '%1$s' must not be the address of the network itself", host);
        problems.require(text, t -> !address.get().isBroadcast(),
                "%2$s: address '%1$s' must not be the broadcast address of its network", host);
    }
}
