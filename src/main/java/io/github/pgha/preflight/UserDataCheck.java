package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whether the user-data of the machines that are there is on the nodes that they are on. Proxmox VE reads it at each start, and
 * doesn't start a machine whose it can't find; a migration leaves it behind, since it is no disk.
 */
final class UserDataCheck {
    private static final String CHECK = "machines";
    private static final String CONTENT = "snippets";
    private static final String ALLOCATE = "Datastore.Allocate";
    private static final Pattern USER = Pattern.compile("(?:^|,)user=(([^,:]+):(?:snippets/)?([^,]+))");
    private static final Pattern PLAIN = Pattern.compile("[\\w@:./+-]+");

    private final Survey survey;
    private final Wanted wanted;
    private final Grants grants;
    private final String user;
    private final List<Finding> findings = new ArrayList<>();
    private final List<String> good = new ArrayList<>();
    /** By node and datastore. */
    private final Map<List<String>, Set<String>> listed = new HashMap<>();

    /**
     * @param machine whose it is
     * @param node    the node that the machine is on
     * @param id      the volume, such as {@code local:snippets/FILE}
     */
    private record UserData(Wanted.Machine machine, String node, String id, String datastore, String file) {
        static Optional<UserData> of(Wanted.Machine machine, String node, Row config) {
            return config.text("cicustom").map(USER::matcher).filter(Matcher::find)
                    .map(found -> new UserData(machine, node, found.group(1), found.group(2), found.group(3)));
        }

        String name() {
            return "'" + machine.name() + "' (" + machine.vmId() + ")";
        }
    }

    private UserDataCheck(Survey survey, Wanted wanted, Grants grants, String user) {
        this.survey = survey;
        this.wanted = wanted;
        this.grants = grants;
        this.user = user;
    }

    /**
     * Looks at all machines of the stack that are there, on nodes that can be asked.
     *
     * @param user whose files they are, by the provider's SSH; empty if it isn't known
     */
    static List<Finding> of(Survey survey, Wanted wanted, Grants grants, String user) throws ApiException {
        var check = new UserDataCheck(survey, wanted, grants, user);
        for (Wanted.Machine machine : wanted.machines()) {
            Optional<String> node = survey.own(wanted, machine).flatMap(found -> found.text("node")).filter(survey::isOnline);
            if (node.isPresent()) {
                Optional<UserData> data = check.userData(machine, node.get());
                if (data.isPresent()) {
                    check.look(data.get());
                }
            }
        }
        if (!check.good.isEmpty()) {
            check.findings.add(Finding.ok(CHECK, "user-data of " + String.join(", ", check.good) + " where they are"));
        }
        return check.findings;
    }

    /** Empty too where the token may not know, which is said among its rights. */
    private Optional<UserData> userData(Wanted.Machine machine, String node) throws ApiException {
        try {
            return UserData.of(machine, node,
                    survey.api().row("/nodes/" + node + "/qemu/" + machine.vmId() + "/config", Map.of()));
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.FORBIDDEN) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void look(UserData data) throws ApiException {
        String path = "/storage/" + data.datastore();
        if (!survey.rights(path).contains(ALLOCATE)) {
            unseen(data, path);
            return;
        }
        Row datastore;
        boolean there;
        try {
            datastore = survey.api().row(path, Map.of());
            // Nothing is listed of a content type that was taken away, and machines start all the same.
            if (!List.of(datastore.text("content").orElse("").split(",")).contains(CONTENT)) {
                return;
            }
            there = files(data.node(), data.datastore()).contains(data.id());
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.FORBIDDEN) {
                return;
            }
            if (e.kind() != ApiException.Kind.FAILED) {
                throw e;
            }
            findings.add(Finding.fails(CHECK, data.name() + " on node '" + data.node() + "' needs its user-data '" + data.id()
                    + "' there to be started again, and it can't be looked for: " + e.getMessage(),
                    Remedy.asRootOn(data.node(), "pvesm status --storage " + data.datastore())));
            return;
        }
        if (there) {
            good.add(data.machine().name());
        } else {
            missing(data, datastore);
        }
    }

    /** Of the datastore for new machines that is said among the token's rights; these may be on a former one. */
    private void unseen(UserData data, String path) {
        if (!data.datastore().equals(wanted.snippetDatastore())) {
            String tokenId = survey.api().tokenId();
            findings.add(Finding.note(CHECK, "whether the user-data '" + data.id() + "' of " + data.name() + " is on node '"
                    + data.node() + "' can't be seen: '" + tokenId + "' lacks " + ALLOCATE + " on " + path
                    + ", without which it can't remove it either",
                    Remedy.asRoot(grants.commands(NeededRights.FILES, Set.of(path), tokenId))));
        }
    }

    private Set<String> files(String node, String datastore) throws ApiException {
        Set<String> known = listed.get(List.of(node, datastore));
        if (known == null) {
            known = survey.api().rows("/nodes/" + node + "/storage/" + datastore + "/content", Map.of("content", CONTENT))
                    .stream().flatMap(row -> row.text("volid").stream()).collect(Collectors.toUnmodifiableSet());
            listed.put(List.of(node, datastore), known);
        }
        return known;
    }

    private static String lost(UserData data) {
        return data.name() + " on node '" + data.node() + "' won't be started again by Proxmox VE, so fencing, a reboot or a "
                + "resize would lose it: its user-data '" + data.id() + "' must be on that node, and isn't";
    }

    private void missing(UserData data, Row datastore) throws ApiException {
        var asked = new TreeSet<String>();
        var silent = new TreeSet<String>();
        for (String node : new TreeSet<>(survey.nodes())) {
            if (node.equals(data.node())) {
                continue;
            }
            Optional<Set<String>> files = survey.isOnline(node) ? filesIfAny(node, data.datastore()) : Optional.empty();
            if (files.filter(found -> found.contains(data.id())).isPresent()) {
                findings.add(Finding.fails(CHECK, lost(data) + " but on '" + node + "'", copied(data, datastore, node)));
                return;
            }
            (files.isPresent() ? asked : silent).add(node);
        }
        findings.add(Finding.fails(CHECK, lost(data)
                + (asked.isEmpty() ? "" : ", nor on " + String.join(", ", asked))
                + (silent.isEmpty() ? "" : "; " + String.join(", ", silent) + " couldn't be looked at")
                + ": put the same file back, or build the machine anew with a higher `rebuild` of " + data.machine().label()));
    }

    /** Empty if a node can't tell: it hasn't the datastore, or doesn't answer. */
    private Optional<Set<String>> filesIfAny(String node, String datastore) throws ApiException {
        try {
            return Optional.of(files(node, datastore));
        } catch (ApiException e) {
            return switch (e.kind()) {
                case FAILED, NODE_SILENT, NO_ANSWER -> Optional.empty();
                default -> throw e;
            };
        }
    }

    /**
     * As nodes reach each other: by address, since one's name need not be known to the other, and with the key that the cluster
     * has of it. The file is the user's who logs in, as the provider would have made it, or it couldn't be written again.
     */
    private Remedy[] copied(UserData data, Row datastore, String from) throws ApiException {
        String folder = datastore.text("path").orElse("").replaceAll("/+$", "") + "/"
                + (datastore.values().get("content-dirs") instanceof Map<?, ?> others && others.containsKey(CONTENT)
                        ? others.get(CONTENT) : CONTENT);
        String file = quoted(folder + "/" + data.file());
        var mended = new ArrayList<String>();
        if (!user.isEmpty()) {
            mended.add("chown " + user + " " + file);
        }
        mended.add("chmod 600 " + file);
        String copy = "scp -p -o HostKeyAlias=" + data.node() + " -o UserKnownHostsFile=/etc/pve/nodes/" + data.node()
                + "/ssh_known_hosts " + file + " root@" + address(data.node()) + ":" + quoted(folder + "/");
        return new Remedy[] {Remedy.asRootOn(from, copy), Remedy.asRootOn(data.node(), mended)};
    }

    private String address(String node) throws ApiException {
        String address = NodeAddress.of(node, survey.api().rows("/nodes/" + node + "/network", Map.of()), Optional.empty())
                .map(NodeAddress::address).orElse(node);
        return address.contains(":") ? "[" + address + "]" : address;
    }

    private static String quoted(String text) {
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
