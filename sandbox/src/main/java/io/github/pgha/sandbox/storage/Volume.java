package io.github.pgha.sandbox.storage;

import java.nio.file.Path;

/**
 * Something in a storage.
 *
 * @param id as Proxmox names it: "local:snippets/x.yaml", "local:100/vm-100-disk-0.qcow2"
 * @param content images, import, snippets, iso, vztmpl or backup
 * @param format raw, qcow2, snippet, iso, ...
 * @param size bytes that it has, or may grow to
 * @param used bytes that it takes
 * @param ctime seconds since 1970
 * @param vmid the VM that it belongs to, or null
 */
public record Volume(String id, String content, String format, long size, long used, long ctime, Integer vmid,
                     Path path) { }
