package io.github.pgha;

/**
 * What is refused unless it is asked for.
 *
 * @param oneNode        all machines of a kind on one Proxmox node though others have several: they go down together
 * @param singleBalancer one balancer only: nobody takes the virtual address over
 */
public record AcceptedRisks(boolean oneNode, boolean singleBalancer) {
    /** Nothing is risked. */
    public static final AcceptedRisks NONE = new AcceptedRisks(false, false);
}
