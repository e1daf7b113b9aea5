package io.github.pgha.host;

/** What a cluster has to know of a host, whether this program makes it or it exists already. */
public interface HostSpec {
    /** Host name: lower-case letters, digits and hyphens. */
    String name();

    /** IPv4 address with prefix, such as {@code 192.168.125.13/23}. */
    String address();

    /** Memory in MiB; PostgreSQL's share of it is a quarter. */
    int memoryMb();

    /** The address without its prefix. */
    default String ip() {
        return address().substring(0, address().indexOf('/'));
    }
}
