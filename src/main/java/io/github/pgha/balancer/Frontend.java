package io.github.pgha.balancer;

/**
 * Where clients come in.
 *
 * @param vip         virtual address with prefix, such as {@code 192.168.125.250/23}
 * @param networkInterface network interface of the balancers that carries it
 * @param routerId    VRRP virtual router id, 1 to 255, unique in the network
 * @param primaryPort port that leads to the primary
 * @param replicaPort port that leads to the standbys
 * @param statsPort   port of the statistics page
 */
public record Frontend(
        String vip, String networkInterface, int routerId, int primaryPort, int replicaPort, int statsPort) {

    /** @throws IllegalArgumentException with one sentence that names the key, the value and the rule */
    public Frontend {
        if (!vip.matches("\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}")) {
            throw new IllegalArgumentException(
                    "vip '" + vip + "' must be an IPv4 address with its prefix, such as 192.168.125.250/23");
        }
        if (routerId < 1 || routerId > 255) {
            throw new IllegalArgumentException("routerId '" + routerId + "' must be 1 to 255");
        }
        port("primaryPort", primaryPort);
        port("replicaPort", replicaPort);
        port("statsPort", statsPort);
        if (primaryPort == replicaPort || primaryPort == statsPort || replicaPort == statsPort) {
            throw new IllegalArgumentException("primaryPort '" + primaryPort + "', replicaPort '" + replicaPort
                    + "' and statsPort '" + statsPort + "' must differ: they are on one host");
        }
    }

    private static void port(String key, int value) {
        if (value < 1 || value > 65535) {
            throw new IllegalArgumentException(key + " '" + value + "' must be 1 to 65535");
        }
    }

    /** The virtual address without its prefix. */
    public String vipAddress() {
        return vip.substring(0, vip.indexOf('/'));
    }
}
