package io.github.pgha.proxmox;

import com.pulumi.core.Output;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.secret.SshKeyPair;
import io.github.pgha.secret.StoredSecret;
import io.muehlbachler.pulumi.proxmoxve.FileLegacy;
import io.muehlbachler.pulumi.proxmoxve.VmLegacy;
import io.muehlbachler.pulumi.proxmoxve.VmLegacyArgs;
import io.muehlbachler.pulumi.proxmoxve.download.File;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyAgentArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyAgentWaitForIpArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyCdromArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyCpuArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyDiskArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyInitializationArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyInitializationDnsArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyInitializationIpConfigArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyInitializationIpConfigIpv4Args;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyMemoryArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyNetworkDeviceArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyOperatingSystemArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacySerialDeviceArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.VmLegacyWatchdogArgs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Virtual machines with Debian 13, reachable by SSH with a key of the program's own and a host key that it made.
 *
 * <p>The Proxmox provider comes from the caller's resource options. A machine keeps the user-data of its creation:
 * a changed template never rebuilds it.
 */
public final class VirtualMachines extends ComponentResource {
    /** What has to come before and after a machine is made, built anew or changed. */
    public interface Turns {
        /** How a machine was made that was there before; empty if nobody knows of one. */
        Optional<Made> made(VmSpec spec);

        /** The node on which a machine that was there is made again in this {@code up}; empty for one that isn't. */
        Optional<String> recreatedOn(VmSpec spec);

        /**
         * Says what a machine depends on.
         *
         * @param spec    the machine
         * @param earlier those before it in the list, which may be used for it
         * @param all     all of them, as they may be before this one
         */
        List<Resource> before(VmSpec spec, List<Host> earlier, List<Host> all);

        /**
         * Says that a machine is declared, and what stands for it. The next one's turn to be declared comes after this.
         *
         * @param spec    the machine
         * @param host    the machine as a host, as it may be before it
         * @param machine the machine as a resource
         */
        void declared(VmSpec spec, Host host, Resource machine);
    }

    /**
     * Number of what all machines have in common and the provider restarts a machine to change: 1 was without a watchdog.
     * It must be raised with every such change, so that machines which are there restart in turns and not all at once.
     */
    public static final int HARDWARE = 2;

    private final Installation installation;
    private final Site site;
    private final Snippets snippets;
    private final Images images;
    private final List<Host> hosts;
    private final Map<String, Made> made = new LinkedHashMap<>();
    private final Map<String, VmLegacy> machines = new LinkedHashMap<>();
    private final Output<String> adminPrivateKey;

    /**
     * @param name  resource name, the first part of the names of what is inside
     * @param clusterName whose machines they are; it stands in the names of files in Proxmox's storage
     * @param specs the machines
     * @param site  what they have in common
     * @param protect whether Pulumi refuses to remove them
     * @param turns   what must be done before and after a machine is made, built anew or changed
     * @param options resource options; {@code providers} has the Proxmox provider
     * @throws io.github.pgha.rules.InvalidInputException if Proxmox lacks what a machine needs that wasn't there before
     */
    public VirtualMachines(String name, String clusterName, List<VmSpec> specs, Site site, boolean protect, Turns turns,
            ComponentResourceOptions options) {
        super("pgha:proxmox:VirtualMachines", name, options);
        this.site = site;
        // What is about to be removed must be possible to make again.
        installation = Installation.of(specs.stream().flatMap(spec -> turns.made(spec).isEmpty() ? Stream.of(spec)
                : turns.recreatedOn(spec).map(spec::on).stream()).toList(), site,
                InvokeOptions.builder().parent(this).build());
        adminPrivateKey = StoredSecret.keep(name + "-admin-key", SshKeyPair.generate(), this);
        snippets = new Snippets(name, site.snippetDatastore(), this);
        images = new Images(name, clusterName, site, this);
        Optional<String> sharedImage = specs.stream().flatMap(spec -> turns.made(spec).stream())
                .flatMap(known -> known.imageNode().stream()).findFirst();
        specs.forEach(spec -> made.put(spec.name(), turns.made(spec).orElseGet(() -> new Made(Made.FIRST_BOOT,
                installation.imageIsShared(spec.node(), site) ? sharedImage.or(() -> Optional.of(specs.get(0).node()))
                        : Optional.empty()))));
        Map<String, Output<String>> hostKeys = new LinkedHashMap<>();
        specs.forEach(spec -> hostKeys.put(spec.name(),
                StoredSecret.keep(spec.name() + "-host-key", SshKeyPair.generate(), this)));
        // What runs there doesn't wait for a machine, and doesn't run again because another one has taken its place.
        List<Host> all = specs.stream()
                .map(spec -> host(spec, hostKeys.get(spec.name()), Output.of("that is there"))).toList();
        List<Host> declared = new ArrayList<>();
        for (VmSpec spec : specs) {
            Output<String> hostKey = hostKeys.get(spec.name());
            var vm = machine(spec, hostKey, protect, turns.before(spec, List.copyOf(declared), all));
            turns.declared(spec, all.get(declared.size()), vm);
            machines.put(spec.name(), vm);
            // Proxmox makes one up for each new machine.
            declared.add(host(spec, hostKey,
                    vm.networkDevices().applyValue(devices -> devices.get(0).macAddress().orElse(""))));
        }
        hosts = List.copyOf(declared);
        registerOutputs(Map.of());
    }

    /** The machines as hosts, in the order of their specifications. */
    public List<Host> hosts() {
        return hosts;
    }

    /**
     * One machine as a host.
     *
     * @throws java.util.NoSuchElementException if there is none of that name
     */
    public Host host(String name) {
        return hosts.stream().filter(host -> host.name().equals(name)).findFirst().orElseThrow();
    }

    /** Private SSH key of the admin user on all machines; secret. */
    public Output<String> adminPrivateKey() {
        return adminPrivateKey;
    }

    /** What is true of a machine, whatever was asked for, as far as the state knows. */
    public Output<MachineState> state(String name) {
        return MachineState.of(machines.get(name));
    }

    /** How a machine was made. */
    public Made made(String name) {
        return made.get(name);
    }

    private Host host(VmSpec spec, Output<String> hostKey, Output<String> machine) {
        return new Host(spec.name(), spec.ip(), site.adminUser(), adminPrivateKey,
                hostKey.applyValue(SshKeyPair::publicKey), Optional.of(machine));
    }

    private VmLegacy machine(VmSpec spec, Output<String> hostKey, boolean protect, List<Resource> before) {
        var tags = hostKey.asPlaintext().applyValue(key -> installation.tags(spec, SshKeyPair.publicKey(key)));
        // Not before the tags: the file of another stack's machine may have this one's name.
        var userData = Output.tuple(adminPrivateKey, hostKey, tags).applyValue(all -> userData(spec, all.t1, all.t2));
        FileLegacy snippet = snippets.userData(spec, made(spec.name()), userData);
        return new VmLegacy(spec.name(), vm(spec, images.of(spec, made(spec.name())), snippet, tags),
                CustomResourceOptions.builder().parent(this)
                        // The image and the speed limits are those of its creation; the provider takes absent limits for a
                        // change. A disk in another datastore it would move with the machine off, and all machines' at once. A
                        // machine that was migrated is followed: the provider would replace it.
                        .ignoreChanges("initialization", "disks[0].importFrom", "disks[0].datastoreId", "disks[0].speed",
                                "nodeName")
                        // Otherwise it is as the caller has it for the whole component.
                        .protect(protect ? Boolean.TRUE : null)
                        .dependsOn(before)
                        // Two can't have one number.
                        .deleteBeforeReplace(true)
                        .replacementTrigger(Output.of(spec.rebuild()))
                        .build());
    }

    private String userData(VmSpec spec, String adminKey, String hostKey) {
        var authorized = new ArrayList<>(List.of(SshKeyPair.publicKey(adminKey) + " pgha"));
        authorized.addAll(site.authorizedKeys());
        return new UserData(spec.name(), site.adminUser(), authorized, hostKey, SshKeyPair.publicKey(hostKey),
                site.aptProxy(), site.guestAgent(), site.cloudInit()).render();
    }

    private VmLegacyArgs vm(VmSpec spec, File image, FileLegacy snippet, Output<List<String>> tags) {
        var network = VmLegacyNetworkDeviceArgs.builder().bridge(site.bridge()).model("virtio");
        site.vlan().ifPresent(network::vlanId);
        var machine = VmLegacyArgs.builder()
                .nodeName(spec.node())
                .vmId(spec.vmId())
                .name(spec.name())
                .description("PostgreSQL cluster host, made by pgha")
                .tags(tags)
                .onBoot(true)
                // Destroying a machine removes its data anyway; a hung one must not hold it up.
                .stopOnDestroy(true)
                .scsiHardware("virtio-scsi-single")
                .cpu(VmLegacyCpuArgs.builder().cores(spec.cores()).type("host").build())
                .memory(VmLegacyMemoryArgs.builder().dedicated(spec.memoryMb()).build())
                .operatingSystem(VmLegacyOperatingSystemArgs.builder().type("l26").build())
                // For Patroni. One that nobody has opened does nothing.
                .watchdog(VmLegacyWatchdogArgs.builder().enabled(true).model("i6300esb").action("reset").build())
                // Debian's cloud image writes its console there.
                .serialDevices(VmLegacySerialDeviceArgs.builder().device("socket").build())
                // The address is static: nothing waits for the agent to tell it.
                .agent(VmLegacyAgentArgs.builder()
                        .enabled(site.guestAgent())
                        .waitForIp(VmLegacyAgentWaitForIpArgs.builder().disabled(true).build())
                        .build())
                // The provider's own default is the node's physical drive, which takes a privilege on the node itself.
                .cdrom(VmLegacyCdromArgs.builder().fileId("none").interface_("ide3").build())
                .networkDevices(network.build())
                .disks(VmLegacyDiskArgs.builder()
                        .datastoreId(site.vmDatastore())
                        .interface_("scsi0")
                        .importFrom(image.id())
                        .size(spec.diskGb())
                        .discard("on")
                        .iothread(true)
                        .build())
                .initialization(VmLegacyInitializationArgs.builder()
                        .datastoreId(site.vmDatastore())
                        .interface_("ide2")
                        .userDataFileId(snippet.id())
                        .ipConfigs(VmLegacyInitializationIpConfigArgs.builder()
                                .ipv4(VmLegacyInitializationIpConfigIpv4Args.builder()
                                        .address(spec.address()).gateway(site.gateway()).build())
                                .build())
                        // Without a domain Proxmox takes the node's own, and what it tells cloud-init changes with that: a
                        // machine would take its next start for its first one.
                        .dns(VmLegacyInitializationDnsArgs.builder()
                                .servers(site.dnsServers()).domain(site.searchDomain()).build())
                        .build());
        site.pool().ifPresent(machine::poolId);
        return machine.build();
    }
}
