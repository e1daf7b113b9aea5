package io.github.pgha.sandbox.api;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who calls, and what its roles allow.
 *
 * @param user as Proxmox writes an API token in tasks, "pgha@pve!pulumi"
 * @param acl privileges by path; each holds for everything below its path as well ("propagate"), but where a deeper path
 *            has an entry of its own, that one alone counts
 * @param pools by name: privileges on /pool/NAME hold for what is in the pool, beside the entries of its own path
 */
public record Caller(String user, Map<String, List<String>> acl, Map<String, Pools.Pool> pools) {

    /** Privileges on a path such as "/vms/100", each with its "propagate" flag. */
    public Map<String, Boolean> privileges(String path) {
        Map<String, Boolean> privileges = new TreeMap<>();
        granted(path).forEach(name -> privileges.put(name, true));
        pools.forEach((name, pool) -> {
            if (isMember(pool, path)) {
                granted("/pool/" + name).forEach(privilege -> privileges.putIfAbsent(privilege, false));
            }
        });
        return privileges;
    }

    private static boolean isMember(Pools.Pool pool, String path) {
        return pool.vms().stream().anyMatch(vmid -> path.equals("/vms/" + vmid))
                || pool.storage().stream().anyMatch(storage -> path.equals("/storage/" + storage));
    }

    /** What the entry of this path, or else the nearest one above it, allows. */
    private List<String> granted(String path) {
        for (String at = path; !at.isEmpty(); at = at.substring(0, at.lastIndexOf('/'))) {
            if (acl.containsKey(at)) {
                return acl.get(at);
            }
        }
        return acl.getOrDefault("/", List.of());
    }

    public boolean has(String path, String privilege) {
        return privileges(path).containsKey(privilege);
    }

    boolean hasAny(String path, List<String> anyOf) {
        return anyOf.stream().anyMatch(privilege -> has(path, privilege));
    }

    /** Demands one of the privileges, else Proxmox's 403. */
    public void demand(String path, List<String> anyOf) {
        if (!hasAny(path, anyOf)) {
            throw ApiException.forbidden(path + ", " + String.join("|", anyOf));
        }
    }

    /** All paths that an entry or a pool speaks of. */
    Set<String> paths() {
        Set<String> paths = new TreeSet<>(acl.keySet());
        for (Pools.Pool pool : pools.values()) {
            pool.vms().forEach(vmid -> paths.add("/vms/" + vmid));
            pool.storage().forEach(storage -> paths.add("/storage/" + storage));
        }
        return paths;
    }
}
