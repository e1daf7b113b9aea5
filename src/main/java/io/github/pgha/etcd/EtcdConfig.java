package io.github.pgha.etcd;

import java.util.List;
import java.util.stream.Collectors;

/** The environment file of Debian's etcd unit, {@code /etc/default/etcd}. */
final class EtcdConfig {
    /** Folder of certificates and keys: a pair for each end of a connection, {@code NAME.pem} and {@code NAME.key}. */
    static final String TLS = "/etc/etcd/pgha";
    /** Common name of the members' certificates for each other; no other certificate is let in at the peers' port. */
    static final String PEER_NAME = "pgha etcd peer";

    private EtcdConfig() {}

    /**
     * Returns the whole file for one member.
     *
     * @param self     the member
     * @param founders those that the cluster began with, from {@link #founders}; who came later joins them
     * @param token    name of the cluster; members of another token don't join
     */
    static String render(EtcdMember self, String founders, String token) {
        return """
                # Written by pgha: changes made by hand are lost.

                # Who it is
                ETCD_NAME="%s"
                ETCD_DATA_DIR="/var/lib/etcd/pgha"

                # Where it is reached
                ETCD_LISTEN_PEER_URLS="%s"
                ETCD_INITIAL_ADVERTISE_PEER_URLS="%s"
                ETCD_LISTEN_CLIENT_URLS="%s"
                ETCD_ADVERTISE_CLIENT_URLS="%s"

                # Clients show a certificate of the trusted authorities, and so does the JSON gateway to its own server
                ETCD_TRUSTED_CA_FILE="%s/ca.pem"
                ETCD_CERT_FILE="%s/server.pem"
                ETCD_KEY_FILE="%s/server.key"
                ETCD_CLIENT_CERT_FILE="%s/client.pem"
                ETCD_CLIENT_KEY_FILE="%s/client.key"
                ETCD_CLIENT_CERT_AUTH="true"

                # Members show each other a certificate of this name
                ETCD_PEER_TRUSTED_CA_FILE="%s/ca.pem"
                ETCD_PEER_CERT_FILE="%s/peer.pem"
                ETCD_PEER_KEY_FILE="%s/peer.key"
                ETCD_PEER_CLIENT_CERT_AUTH="true"
                ETCD_PEER_CERT_ALLOWED_CN="%s"

                # Whom it makes a cluster with, when it starts without data
                ETCD_INITIAL_CLUSTER="%s"
                ETCD_INITIAL_CLUSTER_STATE="new"
                ETCD_INITIAL_CLUSTER_TOKEN="%s"

                # Milliseconds; etcd's own defaults, meant for a local network
                ETCD_HEARTBEAT_INTERVAL="100"
                ETCD_ELECTION_TIMEOUT="1000"

                # Patroni rewrites a few keys for ever: keep an hour of history, in at most 2 GiB
                ETCD_AUTO_COMPACTION_MODE="periodic"
                ETCD_AUTO_COMPACTION_RETENTION="1h"
                ETCD_QUOTA_BACKEND_BYTES="2147483648"
                """.formatted(self.name(), self.peerUrl(), self.peerUrl(), self.clientUrl(), self.clientUrl(),
                TLS, TLS, TLS, TLS, TLS, TLS, TLS, TLS, PEER_NAME,
                founders, token);
    }

    /** Members in the form of {@code ETCD_INITIAL_CLUSTER}. */
    static String founders(List<EtcdMember> members) {
        return members.stream().map(m -> m.name() + "=" + m.peerUrl()).collect(Collectors.joining(","));
    }
}
