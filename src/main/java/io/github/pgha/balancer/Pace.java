package io.github.pgha.balancer;

/**
 * How fast the balancers notice and act. A server is marked down after at most {@code interval} + ({@code fall} - 1) x
 * {@code transitionInterval}, and up after at most {@code downInterval} + ({@code rise} - 1) x {@code transitionInterval}.
 *
 * @param intervalMs           milliseconds between two checks of a server that is up
 * @param transitionIntervalMs milliseconds between two checks of one that is about to change
 * @param downIntervalMs       milliseconds between two checks of one that is down
 * @param fall                 failed checks in a row until a server is down
 * @param rise                 good checks in a row until it is up
 * @param advertCentis         hundredths of a second between two VRRP advertisements; the address moves after three that
 *                             are missing. VRRPv3 can't count finer (RFC 5798, 5.2.7)
 */
public record Pace(
        int intervalMs, int transitionIntervalMs, int downIntervalMs, int fall, int rise, int advertCentis) {
    /**
     * Checks every half second, of a server that is down or about to change every fifth; adverts every 0.12 s: the address
     * has moved within 0.37 s, before Linux sends for the second time again what a client waits for (0.4 s after the first
     * time). The third time comes 0.4 s later, and is when a client learns that its session is gone.
     */
    public static final Pace DEFAULT = new Pace(500, 200, 200, 3, 1, 12);
}
