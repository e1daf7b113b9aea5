package io.github.pgha.patroni;

import java.util.List;
import java.util.stream.Stream;

/**
 * What is served, and to whom.
 *
 * @param clusterName    Patroni's scope; it can't be changed later
 * @param appUser        login role that owns the database
 * @param appDatabase    name of the database
 * @param clientNetworks networks in CIDR form whose clients may log in
 * @param timings        how fast Patroni acts
 */
public record Database(
        String clusterName, String appUser, String appDatabase, List<String> clientNetworks, Timings timings) {

    /** @throws IllegalArgumentException with one sentence that names the key, the value and the rule */
    public Database {
        name("clusterName", clusterName);
        name("appUser", appUser);
        name("appDatabase", appDatabase);
        for (String network : clientNetworks) {
            if (!network.matches("\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}")) {
                throw new IllegalArgumentException("clientNetworks: '" + network
                        + "' must be an IPv4 network with its prefix, such as 192.168.124.0/23");
            }
        }
    }

    /**
     * The same, reached through balancers too: PostgreSQL sees their address in place of the client's.
     *
     * @param addresses IPv4 addresses of the balancers
     */
    public Database reachedThrough(List<String> addresses) {
        var networks = Stream.concat(clientNetworks.stream(), addresses.stream().map(address -> address + "/32"));
        return new Database(clusterName, appUser, appDatabase, networks.distinct().toList(), timings);
    }

    private static void name(String key, String value) {
        if (!value.matches("[A-Za-z][A-Za-z0-9_-]{0,62}")) {
            throw new IllegalArgumentException(key + " '" + value
                    + "' must start with a letter and have at most 63 letters, digits, _ and -");
        }
    }
}
