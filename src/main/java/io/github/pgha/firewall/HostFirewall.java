package io.github.pgha.firewall;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostFile;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.PreparedHost;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Puts a host's packet filter up so that a mistake in it heals by itself.
 *
 * <p>One command, the one that prepares the host, loads the rules on trial: unless they are confirmed within
 * {@value #TRIAL_SECONDS} seconds the host goes back to those before. A second command confirms them. It is a new SSH
 * connection, which is the point: one that exists already goes on under any rules.
 */
public final class HostFirewall {
    /** Debian packages that a host with a packet filter needs. */
    public static final List<String> PACKAGES = List.of("nftables");
    /** How long the first trial lasts. A connection takes a second, but may wait until other hosts' work is done. */
    private static final int TRIAL_SECONDS = 120;
    private static final String RULES = "/var/lib/pgha/firewall/wanted.nft";

    private HostFirewall() {}

    /**
     * Prepares a host as {@link PreparedHost#prepare} does and puts its packet filter up.
     *
     * @param host     the host
     * @param packages names of Debian packages besides {@link #PACKAGES}
     * @param vipInterface as in {@link PreparedHost#script}
     * @param topology the cluster
     * @param rules    the text from {@link FirewallConfig}
     * @param parent   the component that it belongs to
     * @param after    what must be done before
     * @return the host, ready once its rules are confirmed
     */
    public static PreparedHost prepare(Host host, Collection<String> packages, Optional<String> vipInterface,
            Topology topology, String rules, Resource parent, List<Resource> after) {
        var all = new TreeSet<>(packages);
        all.addAll(PACKAGES);
        String trial = PreparedHost.script(host, all, vipInterface, topology.etcd(), topology.postgres())
                .variable("FIREWALL_TRIAL", TRIAL_SECONDS)
                .file(new HostFile("/usr/local/libexec/pgha/firewall", "root:root", "0755",
                        HostScript.resource("firewall/firewall")))
                .file(new HostFile("/etc/systemd/system/pgha-firewall.service", "root:root", "0644",
                        HostScript.resource("firewall/pgha-firewall.service")))
                .file(new HostFile(RULES, "root:root", "0600", rules))
                .then("firewall/trial.sh")
                .render();
        Resource tried = HostCommand.runAfterBoot(host.name() + "-prepare", host, Output.of(trial), parent, after);
        String confirmation = HostScript.of("firewall/confirm.sh")
                .variable("FIREWALL_TRIAL", TRIAL_SECONDS)
                // Other rules are confirmed anew.
                .variable("RULES", rules)
                .render();
        return new PreparedHost(host, HostCommand.run(
                host.name() + "-firewall", host, Output.of(confirmation), false, parent, List.of(tried)));
    }
}
