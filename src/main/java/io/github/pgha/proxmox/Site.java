package io.github.pgha.proxmox;

import io.github.pgha.rules.Problems;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is the same for all virtual machines of a Proxmox installation. Another {@code bridge} and {@code guestAgent} are for
 * machines that are there, too. Of everything else these keep what they were made with; a machine that is built anew has
 * its user-data ({@code adminUser}, {@code authorizedKeys}, {@code aptProxy}, {@code cloudInit}) from before.
 *
 * @param imageUrl         where the nodes download the Debian 13 cloud image from
 * @param imageChecksum    its SHA-512 in hexadecimal; empty for no check
 * @param imageDatastore   datastore for the image; needs content type {@code import}
 * @param snippetDatastore datastore for the user-data; needs a path and content type {@code snippets}
 * @param vmDatastore      datastore for the disks of machines that are made from now on
 * @param bridge           network bridge
 * @param gateway          IPv4 address of the router
 * @param dnsServers       name servers
 * @param adminUser        user that is made on the machines
 * @param authorizedKeys   public keys of people who may log in as that user, besides the program's own
 * @param aptProxy         proxy for apt on the machines
 * @param guestAgent       whether the machines run the QEMU guest agent
 * @param cloudInit        what is added to the first boot of machines that are made from now on
 * @param pool             Proxmox's resource pool that machines are in, on which rights can be given that outlive a machine;
 *                         empty for none. Machines that are there are put into it
 * @param vlan             VLAN tag of the machines' network cards, 1 to 4094; empty for none. Another one is for machines that
 *                         are there, too
 * @param searchDomain     domain in which the machines look for names without a dot
 */
public record Site(
        String imageUrl,
        Optional<String> imageChecksum,
        String imageDatastore,
        String snippetDatastore,
        String vmDatastore,
        String bridge,
        String gateway,
        List<String> dnsServers,
        String adminUser,
        List<String> authorizedKeys,
        Optional<String> aptProxy,
        boolean guestAgent,
        CloudInit cloudInit,
        Optional<String> pool,
        Optional<Integer> vlan,
        String searchDomain) {

    /** Reserved for private networks by ICANN (2024): nobody outside answers for it. */
    private static final String SEARCH_DOMAIN = "internal";
    private static final String IMAGE_URL = "https://cloud.debian.org/images/cloud/trixie/20250814-2204/"
            + "debian-13-genericcloud-amd64-20250814-2204.qcow2";

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public Site {
        Objects.requireNonNull(cloudInit, "cloudInit");
        dnsServers = List.copyOf(dnsServers);
        authorizedKeys = List.copyOf(authorizedKeys);
        var problems = new Problems();
        SiteRules.check(problems, Objects.requireNonNull(imageUrl, "imageUrl"), imageChecksum.orElse(null),
                Objects.requireNonNull(imageDatastore, "imageDatastore"),
                Objects.requireNonNull(snippetDatastore, "snippetDatastore"),
                Objects.requireNonNull(vmDatastore, "vmDatastore"), Objects.requireNonNull(bridge, "bridge"),
                Objects.requireNonNull(gateway, "gateway"), dnsServers,
                Objects.requireNonNull(adminUser, "adminUser"), authorizedKeys, aptProxy.orElse(null));
        SiteRules.check(problems, pool.orElse(null), vlan.orElse(null), Objects.requireNonNull(searchDomain, "searchDomain"));
        problems.orThrow();
    }

    /** One in no pool and without a VLAN, whose machines look for names in {@code internal}. */
    public Site(String imageUrl, Optional<String> imageChecksum, String imageDatastore, String snippetDatastore,
            String vmDatastore, String bridge, String gateway, List<String> dnsServers, String adminUser,
            List<String> authorizedKeys, Optional<String> aptProxy, boolean guestAgent, CloudInit cloudInit) {
        this(imageUrl, imageChecksum, imageDatastore, snippetDatastore, vmDatastore, bridge, gateway, dnsServers, adminUser,
                authorizedKeys, aptProxy, guestAgent, cloudInit, Optional.empty(), Optional.empty(), SEARCH_DOMAIN);
    }

    /** One that adds nothing to the first boot. */
    public Site(String imageUrl, Optional<String> imageChecksum, String imageDatastore, String snippetDatastore,
            String vmDatastore, String bridge, String gateway, List<String> dnsServers, String adminUser,
            List<String> authorizedKeys, Optional<String> aptProxy, boolean guestAgent) {
        this(imageUrl, imageChecksum, imageDatastore, snippetDatastore, vmDatastore, bridge, gateway, dnsServers, adminUser,
                authorizedKeys, aptProxy, guestAgent, CloudInit.NONE);
    }

    /**
     * One with what a new Proxmox VE has: datastores {@code local} and {@code local-lvm}, bridge {@code vmbr0}; a dated
     * image of Debian's without a check of its sum, the user {@code pgha}, the guest agent. The defaults of the ready
     * program.
     *
     * @param gateway    IPv4 address of the router
     * @param dnsServers name servers
     */
    public static Site of(String gateway, List<String> dnsServers) {
        return new Site(IMAGE_URL, Optional.empty(), "local", "local", "local-lvm", "vmbr0", gateway, dnsServers, "pgha",
                List.of(), Optional.empty(), true, CloudInit.NONE);
    }
}
