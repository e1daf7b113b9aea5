package io.github.pgha.sandbox.api;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who calls, and what its roles allow.
 *
 * @param user as Proxmox writes an API token in tasks, "pgha@pve!pulumi"
 * @param acl privileges by path; each holds for everything below its path as well ("propagate")
 */
public record Caller(String user, Map<String, List<String>> acl) {

    /** Privileges on a path such as "/vms/100". */
    public Set<String> privileges(String path) {
        Set<String> privileges = new TreeSet<>();
        acl.forEach((granted, names) -> {
            if (granted.equals("/") || path.equals(granted) || path.startsWith(granted + "/")) {
                privileges.addAll(names);
            }
        });
        return privileges;
    }

    public boolean has(String path, String privilege) {
        return privileges(path).contains(privilege);
    }

    /** Demands one of the privileges, else Proxmox's 403. */
    public void demand(String path, List<String> anyOf) {
        if (anyOf.stream().noneMatch(privilege -> has(path, privilege))) {
            throw ApiException.forbidden(
                    "Permission check failed (" + path + ", " + String.join("|", anyOf) + ")");
        }
    }
}
