package io.github.pgha.preflight;

import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.ProxmoxApi;
import io.github.pgha.proxmox.api.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Commands that give roles to a token. A role that is there already is completed. In single quotes: an interactive bash would
 * take what follows an exclamation mark in double ones for a former command.
 */
final class Grants {
    private final Wanted wanted;
    /** By name; empty if Proxmox doesn't tell. */
    private final Optional<Map<String, Set<String>>> roles;

    private Grants(Wanted wanted, Optional<Map<String, Set<String>>> roles) {
        this.wanted = wanted;
        this.roles = roles;
    }

    /** Asks which roles there are, which every user may know. Without an answer commands are for both cases. */
    static Grants of(ProxmoxApi api, Wanted wanted) throws ApiException {
        try {
            var roles = new HashMap<String, Set<String>>();
            for (Row role : api.rows("/access/roles", Map.of())) {
                roles.put(role.text("roleid").orElse(""),
                        new HashSet<>(List.of(role.text("privs").orElse("").split("[, ]+"))));
            }
            return new Grants(wanted, Optional.of(roles));
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.FAILED || e.kind() == ApiException.Kind.FORBIDDEN) {
                return new Grants(wanted, Optional.empty());
            }
            throw e;
        }
    }

    /** The commands that give a role on some paths to a token and its user, each of which needs it. */
    List<String> commands(String role, Set<String> paths, String tokenId) {
        var commands = new ArrayList<String>();
        role(role).ifPresent(commands::add);
        for (String path : new TreeSet<>(paths)) {
            commands.add("pveum acl modify " + path + " -users '" + user(tokenId) + "' -tokens '" + tokenId + "' -roles " + role);
        }
        return commands;
    }

    private Optional<String> role(String role) {
        Set<String> needed = NeededRights.ofRole(role, wanted);
        String add = "pveum role add " + role + " -privs '" + String.join(" ", needed) + "'";
        if (roles.isEmpty()) {
            return Optional.of(add + " || " + append(role, needed));
        }
        if (!roles.get().containsKey(role)) {
            return Optional.of(add);
        }
        needed.removeAll(roles.get().get(role));
        return needed.isEmpty() ? Optional.empty() : Optional.of(append(role, needed));
    }

    private static String append(String role, Set<String> privileges) {
        return "pveum role modify " + role + " -append 1 -privs '" + String.join(" ", privileges) + "'";
    }

    /** Commands that make a token and its user. The first one fails without harm if the user is there. */
    static List<String> token(String tokenId) {
        return List.of("pveum user add '" + user(tokenId) + "'",
                "pveum user token add '" + user(tokenId) + "' '" + tokenId.substring(tokenId.indexOf('!') + 1) + "' -privsep 1");
    }

    private static String user(String tokenId) {
        return tokenId.contains("!") ? tokenId.substring(0, tokenId.indexOf('!')) : tokenId;
    }
}
