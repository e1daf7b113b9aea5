package io.github.pgha.preflight;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The least that tokens need in a Proxmox VE, by what its own code demands of the calls that the provider, the fencing service
 * and the drills make (qemu-server and pve-storage 9.2, the same in 8.4 but for what is said here).
 */
public final class NeededRights {
    /** Role for the machines. */
    public static final String MACHINES = "PghaMachines";
    /** Role for tags at a machine's creation. */
    public static final String TAGS = "PghaTags";
    /** Role for the datastores of the image and of the user-data. */
    public static final String FILES = "PghaFiles";
    /** Role for the datastore of the disks. */
    public static final String DISKS = "PghaDisks";
    /** Role for the bridge. */
    public static final String BRIDGE = "PghaBridge";
    /** Role for the nodes. */
    public static final String NODE = "PghaNode";
    /** Role of the fencing service. */
    public static final String FENCE = "PghaFence";
    /** Role of the drills. */
    public static final String DRILL = "PghaDrill";

    /** All machines of a Proxmox cluster. */
    private static final String ALL = "/vms";
    private static final String ALLOCATE = "Datastore.Allocate";
    private static final String ALLOCATE_SPACE = "Datastore.AllocateSpace";
    private static final String AUDIT = "Datastore.Audit";
    private static final String OPTIONS = "VM.Config.Options";
    private static final String POWER = "VM.PowerMgmt";
    private static final String SEE = "VM.Audit";
    private static final String NETWORK = "VM.Config.Network";
    private static final String USE = "SDN.Use";

    /**
     * One privilege.
     *
     * @param path        where, such as {@code /pool/pgha}
     * @param privilege   which
     * @param alternative another one that does as well; empty for none
     * @param role        the role of ours that has it
     * @param why         what needs it
     */
    public record Need(String path, String privilege, Optional<String> alternative, String role, String why) {
        Need(String path, String privilege, String role, String why) {
            this(path, privilege, Optional.empty(), role, why);
        }

        /** Whether some privileges on its path are enough. */
        boolean isMet(Collection<String> has) {
            return has.contains(privilege) || alternative.filter(has::contains).isPresent();
        }
    }

    private NeededRights() {}

    /** What the program needs for an {@code up}, an update and a {@code destroy}. */
    public static List<Need> ofProgram(Wanted wanted) {
        var needs = new ArrayList<>(ofMachines(wanted));
        needs.addAll(ofDatastores(wanted));
        needs.add(new Need(bridgePath(wanted), USE, BRIDGE, "to plug a machine in"));
        wanted.nodes().forEach(node -> needs.add(new Need("/nodes/" + node, "Sys.AccessNetwork", NODE,
                "to let the node download the image")));
        return List.copyOf(needs);
    }

    private static List<Need> ofMachines(Wanted wanted) {
        String path = machinesPath(wanted);
        var needs = new ArrayList<>(List.of(
                new Need(path, "VM.Allocate", MACHINES, "to create and to remove machines"),
                new Need(path, SEE, MACHINES, "to see machines; without it they look as if they weren't there"),
                new Need(path, "VM.Config.CPU", MACHINES, "to set processors"),
                new Need(path, "VM.Config.Disk", MACHINES, "to set the boot order and to grow disks"),
                new Need(path, "VM.Config.HWType", MACHINES, "to set the watchdog, the serial console and the SCSI controller"),
                new Need(path, "VM.Config.Memory", MACHINES, "to set memory"),
                new Need(path, NETWORK, MACHINES, "to set the network card and cloud-init"),
                new Need(path, POWER, MACHINES, "to start and to stop machines")));
        if (wanted.pool().isPresent()) {
            needs.add(new Need(path, "Pool.Audit", MACHINES, "to see that a machine is in the pool"));
        }
        // Not on the pool: qemu-server from 9.2.0 on judges tags of a new machine before it is in its pool.
        needs.add(new Need(ALL, OPTIONS, wanted.pool().isPresent() ? TAGS : MACHINES,
                "to set name, tags, description and guest agent, also of a machine that isn't in its pool yet"));
        return needs;
    }

    private static List<Need> ofDatastores(Wanted wanted) {
        String images = storagePath(wanted.imageDatastore());
        String snippets = storagePath(wanted.snippetDatastore());
        return List.of(
                new Need(images, ALLOCATE, FILES, "to remove the image"),
                new Need(images, "Datastore.AllocateTemplate", FILES, "to put the image there"),
                new Need(images, ALLOCATE_SPACE, Optional.of(AUDIT), FILES, "to see the datastore and the image"),
                new Need(snippets, ALLOCATE, FILES, "to find the datastore's path, to see and to remove user-data"),
                new Need(snippets, ALLOCATE_SPACE, Optional.of(AUDIT), FILES, "to see the datastore"),
                new Need(storagePath(wanted.vmDatastore()), ALLOCATE_SPACE, DISKS, "to make and to grow disks"));
    }

    /** What the fencing service's token needs. */
    public static List<Need> ofFencing(Wanted wanted) {
        String path = machinesPath(wanted);
        return List.of(new Need(path, SEE, FENCE, "to see whether a machine is on"),
                new Need(path, POWER, FENCE, "to power a machine off and on"));
    }

    /** What a token for drills needs. */
    public static List<Need> ofDrills(Wanted wanted) {
        String path = machinesPath(wanted);
        return List.of(new Need(path, SEE, DRILL, "to see whether a machine is on"),
                new Need(path, POWER, DRILL, "to cut a machine's power"),
                new Need(path, NETWORK, DRILL, "to pull a machine's cable out"),
                new Need(bridgePath(wanted), USE, BRIDGE, "to plug it in again"));
    }

    /** The privileges of a list of needs by path; one that another one of the list does as well for is left out. */
    public static Map<String, Set<String>> byPath(List<Need> needs) {
        var byPath = new TreeMap<String, Set<String>>();
        needs.stream().filter(need -> need.alternative().isEmpty()).forEach(need -> add(byPath, need));
        needs.stream().filter(need -> !need.isMet(byPath.getOrDefault(need.path(), Set.of())))
                .forEach(need -> add(byPath, need));
        return byPath;
    }

    private static void add(Map<String, Set<String>> byPath, Need need) {
        byPath.computeIfAbsent(need.path(), path -> new TreeSet<>()).add(need.privilege());
    }

    /** All privileges of a role of ours. */
    static Set<String> ofRole(String role, Wanted wanted) {
        var privileges = new TreeSet<String>();
        Stream.of(ofProgram(wanted), ofFencing(wanted), ofDrills(wanted)).flatMap(List::stream)
                .filter(need -> need.role().equals(role)).forEach(need -> privileges.add(need.privilege()));
        return privileges;
    }

    /** Where the rights on the machines are given. */
    static String machinesPath(Wanted wanted) {
        return wanted.pool().map(pool -> "/pool/" + pool).orElse(ALL);
    }

    private static String storagePath(String datastore) {
        return "/storage/" + datastore;
    }

    private static String bridgePath(Wanted wanted) {
        return "/sdn/zones/localnetwork/" + wanted.bridge() + wanted.vlan().map(tag -> "/" + tag).orElse("");
    }
}
