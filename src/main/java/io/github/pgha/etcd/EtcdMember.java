package io.github.pgha.etcd;

/**
 * One member of an etcd cluster.
 *
 * @param name    its name, that of its host
 * @param address its IPv4 address, for clients and peers
 */
record EtcdMember(String name, String address) {
    /** Where its peers reach it. */
    String peerUrl() {
        return "https://" + address + ":2380";
    }

    /** Where its clients reach it. */
    String clientUrl() {
        return "https://" + address + ":2379";
    }
}
