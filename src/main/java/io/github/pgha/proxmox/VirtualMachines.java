package io.github.pgha.proxmox;

import com.pulumi.core.Output;
import com.pulumi.deployment.Deployment;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.secret.SshKeyPair;
import io.github.pgha.secret.StoredSecret;
import io.muehlbachler.pulumi.proxmoxve.FileLegacy;
import io.muehlbachler.pulumi.proxmoxve.FileLegacyArgs;
import io.muehlbachler.pulumi.proxmoxve.VmLegacy;
import io.muehlbachler.pulumi.proxmoxve.VmLegacyArgs;
import io.muehlbachler.pulumi.proxmoxve.download.File;
import io.muehlbachler.pulumi.proxmoxve.download.FileArgs;
import io.muehlbachler.pulumi.proxmoxve.inputs.FileLegacySourceRawArgs;
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

/**
 * Virtual machines with Debian 13, reachable by SSH with a key of the program's own and a host key that it made.
 *
 * <p>The Proxmox provider comes from the caller's resource options. A machine keeps the user-data of its creation:
 * a changed template never rebuilds it.
 */
public final class VirtualMachines extends ComponentResource {
    /** What has to come before and after a machine is made, built anew or changed. */
    public interface Turns {
        /** Whether a machine was there before, as far as anybody knows. */
        boolean wasThere(VmSpec spec);

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
    private final List<Host> hosts;
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
        installation = Installation.of(specs.stream().filter(spec -> !turns.wasThere(spec)).toList(), site,
                InvokeOptions.builder().parent(this).build());
        adminPrivateKey = StoredSecret.keep(name + "-admin-key", SshKeyPair.generate(), this);
        Map<String, File> images = new LinkedHashMap<>();
        var deployment = Deployment.getInstance();
        String imageFile = ImageFile.name(clusterName,
                String.join("/", deployment.getProjectName(), deployment.getStackName(), name), site);
        specs.forEach(spec -> images.computeIfAbsent(spec.node(), node -> image(name, node, imageFile, site)));
        Map<String, Output<String>> hostKeys = new LinkedHashMap<>();
        specs.forEach(spec -> hostKeys.put(spec.name(),
                StoredSecret.keep(spec.name() + "-host-key", SshKeyPair.generate(), this)));
        // What runs there doesn't wait for a machine, and doesn't run again because another one has taken its place.
        List<Host> all = specs.stream()
                .map(spec -> host(spec, site, hostKeys.get(spec.name()), Output.of("that is there"))).toList();
        List<Host> made = new ArrayList<>();
        for (VmSpec spec : specs) {
            Output<String> hostKey = hostKeys.get(spec.name());
            var vm = machine(spec, site, images.get(spec.node()), hostKey, protect,
                    turns.before(spec, List.copyOf(made), all));
            turns.declared(spec, all.get(made.size()), vm);
            // Proxmox makes one up for each new machine.
            made.add(host(spec, site, hostKey,
                    vm.networkDevices().applyValue(devices -> devices.get(0).macAddress().orElse(""))));
        }
        hosts = List.copyOf(made);
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

    private CustomResourceOptions.Builder child() {
        return CustomResourceOptions.builder().parent(this);
    }

    private File image(String name, String node, String fileName, Site site) {
        var args = FileArgs.builder()
                .nodeName(node)
                .datastoreId(site.imageDatastore())
                .contentType("import")
                .url(site.imageUrl())
                .fileName(fileName)
                // Else the provider fetches it again whenever the server's has another size; this image is a dated one.
                .overwrite(false);
        site.imageChecksum().ifPresent(checksum -> args.checksum(checksum).checksumAlgorithm("sha512"));
        return new File(name + "-image-" + node, args.build(), child().build());
    }

    private Host host(VmSpec spec, Site site, Output<String> hostKey, Output<String> machine) {
        return new Host(spec.name(), spec.ip(), site.adminUser(), adminPrivateKey,
                hostKey.applyValue(SshKeyPair::publicKey), Optional.of(machine));
    }

    private VmLegacy machine(VmSpec spec, Site site, File image, Output<String> hostKey, boolean protect,
            List<Resource> before) {
        var tags = hostKey.asPlaintext().applyValue(key -> installation.tags(spec, SshKeyPair.publicKey(key)));
        // Not before the tags: the file of another stack's machine may have this one's name.
        var userData = Output.tuple(adminPrivateKey, hostKey, tags)
                .applyValue(all -> userData(spec, site, all.t1, all.t2));
        var snippet = new FileLegacy(spec.name() + "-user-data", FileLegacyArgs.builder()
                .nodeName(spec.node())
                .datastoreId(site.snippetDatastore())
                .contentType("snippets")
                .sourceRaw(userData.applyValue(data -> FileLegacySourceRawArgs.builder()
                        // By the number, which only one machine has: another cluster's may be called the same.
                        .fileName("pgha-" + spec.vmId() + "-" + spec.name() + "-user-data.yaml")
                        .data(data)
                        .build()).asSecret())
                .build(),
                // Proxmox reads it again at every start of the machine, so it has to stay as it was, and where it was: the
                // provider would move it by removing it, and the machine's reference to it stays.
                child().ignoreChanges("sourceRaw", "datastoreId").build());
        return new VmLegacy(spec.name(), vm(spec, site, image, snippet, tags),
                // The image and the speed limits are those of its creation; the provider takes absent limits for a change.
                // A disk in another datastore it would move with the machine off, and all machines' at once.
                child().ignoreChanges("initialization", "disks[0].importFrom", "disks[0].datastoreId", "disks[0].speed")
                        // Else it is as the caller has it for the whole component.
                        .protect(protect ? Boolean.TRUE : null)
                        .dependsOn(before)
                        // Two can't have one number.
                        .deleteBeforeReplace(true)
                        .replacementTrigger(Output.of(spec.rebuild()))
                        .build());
    }

    private static String userData(VmSpec spec, Site site, String adminKey, String hostKey) {
        var authorized = new ArrayList<>(List.of(SshKeyPair.publicKey(adminKey) + " pgha"));
        authorized.addAll(site.authorizedKeys());
        return new UserData(spec.name(), site.adminUser(), authorized, hostKey, SshKeyPair.publicKey(hostKey),
                site.aptProxy(), site.guestAgent(), site.cloudInit()).render();
    }

    private static VmLegacyArgs vm(VmSpec spec, Site site, File image, FileLegacy snippet, Output<List<String>> tags) {
        return VmLegacyArgs.builder()
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
                .networkDevices(VmLegacyNetworkDeviceArgs.builder().bridge(site.bridge()).model("virtio").build())
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
                        .dns(VmLegacyInitializationDnsArgs.builder().servers(site.dnsServers()).build())
                        .build())
                .build();
    }
}
