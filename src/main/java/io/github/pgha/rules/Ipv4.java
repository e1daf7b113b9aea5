package io.github.pgha.rules;

import inet.ipaddr.AddressStringParameters.RangeParameters;
import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressString;
import inet.ipaddr.IPAddressStringParameters;
import java.util.Optional;

/** An IPv4 address in a network, such as 192.168.125.13/23; or one without a prefix, which is a network of its own. */
public final class Ipv4 {
    private static final int BITS = 32;
    private static final IPAddressStringParameters STRICT = new IPAddressStringParameters.Builder()
            .allowAll(false).allowEmpty(false).allowSingleSegment(false).allowMask(false).allowPrefix(false)
            .allowWildcardedSeparator(false).setRangeOptions(RangeParameters.NO_RANGE).allowIPv6(false)
            .getIPv4AddressParametersBuilder()
            .allow_inet_aton(false).allowLeadingZeros(false).allowBinary(false)
            .getParentBuilder().toParams();

    private final IPAddress address;
    private final int prefix;

    private Ipv4(IPAddress address, int prefix) {
        this.address = address;
        this.prefix = prefix;
    }

    /**
     * Reads an address without a prefix.
     *
     * @return empty if it isn't one
     */
    public static Optional<Ipv4> address(String text) {
        return read(text).map(address -> new Ipv4(address, BITS));
    }

    /**
     * Reads an address with its prefix, 0 to 32.
     *
     * @return empty if it isn't one
     */
    public static Optional<Ipv4> withPrefix(String text) {
        String[] parts = text == null ? new String[0] : text.split("/", -1);
        if (parts.length != 2 || !parts[1].matches("[12]?\\d|3[0-2]")) {
            return Optional.empty();
        }
        return read(parts[0]).map(address -> new Ipv4(address, Integer.parseInt(parts[1])));
    }

    private static Optional<IPAddress> read(String text) {
        // The library takes spaces at the ends.
        if (text == null || !text.equals(text.strip())) {
            return Optional.empty();
        }
        return Optional.ofNullable(new IPAddressString(text, STRICT).getAddress());
    }

    /** The length of the prefix. */
    public int prefix() {
        return prefix;
    }

    /** The address alone. */
    public String host() {
        return address.toCanonicalString();
    }

    /** The network that the address is in, such as 192.168.124.0/23. */
    public String network() {
        return block().toCanonicalString();
    }

    /** Whether it is a network's own address: no bit is set after the prefix. */
    public boolean isNetwork() {
        return address.equals(block().getLower().withoutPrefixLength());
    }

    /** Whether it is its network's broadcast address. */
    public boolean isBroadcast() {
        return address.equals(block().getUpper().withoutPrefixLength());
    }

    /** Whether another address is in this one's network. */
    public boolean networkHas(Ipv4 other) {
        return block().contains(other.address);
    }

    private IPAddress block() {
        return address.toPrefixBlock(prefix);
    }
}
