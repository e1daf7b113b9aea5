package io.github.pgha.proxmox;

import com.pulumi.deployment.InvokeOptions;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.InvokeArgs;
import io.github.pgha.proxmox.api.Release;
import io.github.pgha.rules.Problems;
import io.github.pgha.secret.Fingerprint;
import io.muehlbachler.pulumi.proxmoxve.ProxmoxveFunctions;
import io.muehlbachler.pulumi.proxmoxve.inputs.GetDatastoresPlainArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.GetVmsLegacyPlainArgs;
import io.muehlbachler.pulumi.proxmoxve.outputs.GetDatastoresDatastore;
import io.muehlbachler.pulumi.proxmoxve.outputs.GetNodesLegacyResult;
import io.muehlbachler.pulumi.proxmoxve.outputs.GetVmsLegacyVm;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/** What a Proxmox installation has, as far as the provider's user may see it. */
final class Installation {
    /** All machines that pgha makes have it, and another one that begins with it and a hyphen: see {@link #tags}. */
    private static final String TAG = "pgha";
    /** Nobody was asked. */
    private static final Installation UNKNOWN = new Installation(Optional.empty(), Set.of(), Map.of(), List.of(), Set.of());

    private final Optional<Release> release;
    private final Set<String> nodes;
    /** By node and name; of the nodes that were asked, and run. */
    private final Map<String, Map<String, GetDatastoresDatastore>> datastores;
    /** On the nodes that run. */
    private final List<GetVmsLegacyVm> machines;
    private final Set<String> pools;

    private Installation(Optional<Release> release, Set<String> nodes,
            Map<String, Map<String, GetDatastoresDatastore>> datastores, List<GetVmsLegacyVm> machines, Set<String> pools) {
        this.release = release;
        this.nodes = nodes;
        this.datastores = datastores;
        this.machines = machines;
        this.pools = pools;
    }

    /**
     * Asks Proxmox whether it has what machines need that are about to be made. Nobody is asked for none.
     *
     * @param options say which provider asks
     * @throws io.github.pgha.rules.InvalidInputException with one sentence for each thing that it lacks
     * @throws RunException if it doesn't answer
     */
    static Installation of(List<VmSpec> specs, Site site, InvokeOptions options) {
        if (specs.isEmpty()) {
            return UNKNOWN;
        }
        GetNodesLegacyResult found = answer(ProxmoxveFunctions.getNodesLegacyPlain(InvokeArgs.Empty, options));
        // The engine answers with nothing in a preview in which the provider's settings aren't known yet.
        if (found.names() == null) {
            return UNKNOWN;
        }
        Installation installation = of(found, specs.stream().map(VmSpec::node).toList(), site, options);
        var problems = new Problems();
        installation.check(problems, specs, site);
        problems.orThrow();
        return installation;
    }

    /**
     * The tags of a machine, which tell whose it is. The provider takes a machine that has its number already for the one
     * that it was to make, which is right only for one that an {@code up} made and was killed before it noted that.
     *
     * @param hostKey the public SSH host key that it shows
     * @throws RunException if another machine has its number
     */
    List<String> tags(VmSpec spec, String hostKey) {
        String own = TAG + "-" + Fingerprint.of(hostKey);
        if (with(spec.vmId()).filter(found -> found.tags().stream().anyMatch(tag -> tag.startsWith(TAG + "-")
                && !tag.equals(own))).isPresent()) {
            throw new RunException(("host '%s': vmId '%s' must be free, and a machine has it that another stack made, or this "
                    + "one before it was destroyed: give another number, or remove that machine in Proxmox if nobody needs it")
                            .formatted(spec.name(), spec.vmId()));
        }
        return List.of(TAG, own);
    }

    private Optional<GetVmsLegacyVm> with(int vmId) {
        return machines.stream().filter(machine -> machine.vmId() == vmId).findFirst();
    }

    /** Whether a node has the image on a datastore that others share. */
    boolean imageIsShared(String node, Site site) {
        return Optional.ofNullable(datastores.get(node)).map(all -> all.get(site.imageDatastore()))
                .flatMap(GetDatastoresDatastore::shared).orElse(false);
    }

    private static Installation of(GetNodesLegacyResult found, Collection<String> wanted, Site site, InvokeOptions options) {
        var online = new TreeSet<String>();
        for (int i = 0; i < found.names().size(); i++) {
            if (found.onlines().get(i)) {
                online.add(found.names().get(i));
            }
        }
        // All at once, and only those that run: a node that is off answers nothing, and it may be one that isn't needed.
        var version = ProxmoxveFunctions.getVersionPlain(InvokeArgs.Empty, options);
        var asked = wanted.stream().distinct().filter(online::contains).collect(Collectors.toMap(node -> node,
                node -> ProxmoxveFunctions.getDatastoresPlain(
                        GetDatastoresPlainArgs.builder().nodeName(node).build(), options), (a, b) -> a, LinkedHashMap::new));
        var machines = online.stream().map(node -> ProxmoxveFunctions.getVmsLegacyPlain(
                GetVmsLegacyPlainArgs.builder().nodeName(node).build(), options)).toList();
        var pools = site.pool().map(name -> ProxmoxveFunctions.getPoolsLegacyPlain(InvokeArgs.Empty, options));
        Map<String, Map<String, GetDatastoresDatastore>> datastores = new LinkedHashMap<>();
        asked.forEach((node, answer) -> datastores.put(node, byName(answer(answer).datastores())));
        return new Installation(Release.of(answer(version).release()), new TreeSet<>(found.names()), datastores,
                machines.stream().flatMap(answer -> answer(answer).vms().stream()).toList(),
                pools.map(answer -> Set.copyOf(answer(answer).poolIds())).orElse(Set.of()));
    }

    private static Map<String, GetDatastoresDatastore> byName(List<GetDatastoresDatastore> datastores) {
        var byName = new TreeMap<String, GetDatastoresDatastore>();
        datastores.forEach(found -> byName.put(found.id(), found));
        return byName;
    }

    private static <T> T answer(CompletableFuture<T> asked) {
        try {
            return asked.join();
        } catch (CompletionException e) {
            // Pulumi prints the message of this exception alone, and no stack trace.
            throw new RunException("Proxmox doesn't tell what it has: " + e.getCause().getMessage());
        }
    }

    private void check(Problems problems, List<VmSpec> specs, Site site) {
        release.ifPresent(found -> problems.require(found, version -> version.compareTo(Release.LEAST) >= 0,
                "Proxmox VE is '%s' and must be %s or newer: the image's content type 'import' takes qcow2 from there on",
                Release.LEAST));
        site.pool().ifPresent(name -> problems.require(name, pools::contains,
                "proxmoxPool '%1$s' must be a pool that is there and that the provider's user may see (Pool.Audit), and those "
                        + "are %2$s: pveum pool add %1$s", pools.isEmpty() ? "none" : list(new TreeSet<>(pools))));
        for (VmSpec spec : specs) {
            if (problems.require(spec.node(), nodes::contains,
                    "host '%2$s': node '%1$s' must be one of this Proxmox: %3$s", spec.name(), list(nodes))) {
                problems.require(spec.node(), datastores::containsKey,
                        "host '%2$s': node '%1$s' must run, and it is offline", spec.name());
            }
            with(spec.vmId()).filter(found -> !found.name().equals(spec.name()) || !found.tags().contains(TAG))
                    .ifPresent(found -> problems.add(
                            "host '%s': vmId '%s' must be free, and machine '%s' on node '%s' has it", spec.name(),
                            spec.vmId(), found.name(), found.nodeName()));
        }
        datastores.forEach((node, all) -> {
            datastore(problems, "imageDatastore", site.imageDatastore(), "import", node, all);
            datastore(problems, "snippetDatastore", site.snippetDatastore(), "snippets", node, all);
            datastore(problems, "vmDatastore", site.vmDatastore(), "images", node, all);
        });
    }

    private static void datastore(Problems problems, String key, String name, String content, String node,
            Map<String, GetDatastoresDatastore> all) {
        if (!problems.require(name, all::containsKey,
                "%2$s '%1$s' must be a datastore of node '%3$s' that the provider's user may see: %4$s", key, node,
                all.isEmpty() ? "none" : list(all.keySet()))) {
            return;
        }
        GetDatastoresDatastore found = all.get(name);
        problems.require(name, wanted -> found.active().orElse(true),
                "%2$s '%1$s' must be active on node '%3$s'", key, node);
        var contents = new TreeSet<>(found.contentTypes());
        problems.require(name, wanted -> contents.contains(content),
                "%2$s '%1$s' must take the content type '%3$s', and takes %4$s: pvesm set %1$s --content %5$s,%3$s", key, content,
                list(contents), String.join(",", contents));
    }

    private static String list(Collection<String> names) {
        return String.join(", ", names);
    }
}
