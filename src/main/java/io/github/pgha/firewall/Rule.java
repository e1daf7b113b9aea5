package io.github.pgha.firewall;

import java.util.List;

/**
 * What is let in from some peers. Everything that no rule lets in is dropped.
 *
 * @param purpose a comment
 * @param match   what is let in, in nftables' words
 * @param peers   from whom
 */
record Rule(String purpose, String match, List<Peers> peers) {
    /** TCP to one port. */
    static Rule tcp(String purpose, int port, Peers... peers) {
        return new Rule(purpose, "tcp dport " + port, List.of(peers));
    }

    /** VRRP, which is a protocol beside TCP. */
    static Rule vrrp(String purpose, Peers... peers) {
        return new Rule(purpose, "ip protocol vrrp", List.of(peers));
    }
}
