package io.github.pgha;

import java.util.List;

/**
 * Which Proxmox node a machine is made on whose entry names none.
 *
 * @param one  the node of all machines, unless several are given
 * @param many nodes that machines are spread over: the first of a list on the first, and so on, and round again; null or
 *             empty for none
 */
record NodeSpread(String one, List<String> many) {
    /** The node of the machine at an index of its list. */
    String of(int index) {
        return many == null || many.isEmpty() ? one : many.get(index % many.size());
    }
}
