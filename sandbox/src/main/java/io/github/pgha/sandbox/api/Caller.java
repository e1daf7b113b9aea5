package io.github.pgha.sandbox.api;

import java.util.List;
import java.util.Set;

/**
 * Who calls, and what its role allows.
 *
 * @param user as Proxmox writes an API token in tasks, "root@pam!pgha"
 * @param privileges names such as "VM.Audit", valid for every path
 */
public record Caller(String user, Set<String> privileges) {

    public boolean has(String privilege) {
        return privileges.contains(privilege);
    }

    /** Demands one of the privileges, else Proxmox's 403. */
    public void demand(String path, List<String> anyOf) {
        if (anyOf.stream().noneMatch(this::has)) {
            throw ApiException.forbidden(
                    "Permission check failed (" + path + ", " + String.join("|", anyOf) + ")");
        }
    }
}
