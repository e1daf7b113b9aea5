package io.github.pgha.proxmox;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How a machine was made, for as long as it is there: what belongs to it in Proxmox's storage depends on it.
 *
 * @param firstBoot how its user-data was sent, see {@link #FIRST_BOOT}
 * @param imageNode node whose image on a shared datastore it was made from; empty if the datastore is its node's own
 */
public record Made(int firstBoot, Optional<String> imageNode) {
    /**
     * Number of how user-data is sent now: 1 was through a shell, whose error repeats what it was sent; since 2 it goes as a
     * file, and after another one that keeps the folder.
     */
    public static final int FIRST_BOOT = 2;

    private static final String FIRST_BOOT_KEY = "firstBoot";
    private static final String IMAGE_NODE_KEY = "imageNode";

    /** @throws NullPointerException if a part is missing */
    public Made {
        Objects.requireNonNull(imageNode, "imageNode");
    }

    /** What the output {@code hosts} says of a machine; one of a version that didn't tell was made in the first way. */
    public static Made of(Map<?, ?> host) {
        return new Made(host.get(FIRST_BOOT_KEY) instanceof Number number ? number.intValue() : 1,
                Optional.ofNullable((String) host.get(IMAGE_NODE_KEY)));
    }

    /** Adds it to what the output {@code hosts} says of a machine. */
    public void describe(Map<String, Object> host) {
        if (firstBoot > 1) {
            host.put(FIRST_BOOT_KEY, firstBoot);
        }
        imageNode.ifPresent(node -> host.put(IMAGE_NODE_KEY, node));
    }

    /** Whether a file keeps the folder of its user-data. */
    boolean keepsFolder() {
        return firstBoot > 1;
    }
}
