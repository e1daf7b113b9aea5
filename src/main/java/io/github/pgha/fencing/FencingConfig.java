package io.github.pgha.fencing;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;

/** The service's configuration file on one host, {@code config.json}. */
final class FencingConfig {
    /** Folder of the configuration, certificates and keys. */
    static final String FOLDER = "/etc/pgha-fence";

    private static final Gson JSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private FencingConfig() {}

    /**
     * Returns the whole file.
     *
     * @param cluster     Patroni's scope
     * @param self        the host that it is for
     * @param selfAddress the host's IPv4 address
     * @param etcdHosts   names of all etcd hosts, itself included: a majority of them must agree
     * @param etcdUser    user of etcd
     * @param members     the PostgreSQL machines
     * @param endpoints   URLs of the Proxmox VE API, at one node or several
     * @param silence     how long the leader must have been silent
     * @param interval    time between two fencings, at least
     */
    static String render(String cluster, String self, String selfAddress, List<String> etcdHosts, String etcdUser,
            List<FencedMember> members, List<URI> endpoints, Duration silence, Duration interval) {
        var config = new LinkedHashMap<String, Object>();
        config.put("cluster", cluster);
        config.put("host", self);
        config.put("etcdHosts", etcdHosts);
        // Its own member only: if that one hasn't a majority behind it, this host is on the wrong side.
        config.put("etcdEndpoint", "https://" + selfAddress + ":2379");
        config.put("etcdUser", etcdUser);
        config.put("members", members);
        config.put("proxmoxEndpoints", endpoints.stream().map(URI::toString).toList());
        config.put("silenceSeconds", silence.toSeconds());
        config.put("intervalSeconds", interval.toSeconds());
        return JSON.toJson(config) + "\n";
    }
}
