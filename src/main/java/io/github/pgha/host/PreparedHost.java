package io.github.pgha.host;

import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A host that has booted and has the packages of all its roles.
 *
 * @param host  the host
 * @param ready what to depend on before anything else runs there
 */
public record PreparedHost(Host host, Resource ready) {
    /** Debian packages that {@code pgha-doctor} needs; most hosts have them. */
    private static final List<String> PACKAGES = List.of("openssl", "python3");

    /**
     * Waits for the host's first boot and installs packages in one call, without starting any service.
     *
     * @param host     the host
     * @param packages names of Debian packages; the order doesn't matter
     * @param etcd     addresses of etcd's members
     * @param postgres addresses of PostgreSQL's members
     * @param parent   the component that it belongs to
     */
    public static PreparedHost prepare(
            Host host, Collection<String> packages, List<String> etcd, List<String> postgres, Resource parent) {
        return new PreparedHost(host, HostCommand.runAfterBoot(host.name() + "-prepare", host,
                Output.of(script(host, packages, Optional.empty(), etcd, postgres).render()), parent, List.of()));
    }

    /**
     * The script of {@link #prepare}, for somebody who has more to do on the same connection.
     *
     * @param host     the host
     * @param packages names of Debian packages; the order doesn't matter
     * @param vipInterface on a balancer, the network interface that is to carry the virtual address; an empty text for the
     *                 one that has the host's own address. It is looked at before anything is installed
     * @param etcd     addresses of etcd's members, which {@code pgha-doctor} on the host looks for
     * @param postgres addresses of PostgreSQL's members, the same
     */
    public static HostScript script(
            Host host, Collection<String> packages, Optional<String> vipInterface, List<String> etcd,
            List<String> postgres) {
        var script = HostScript.of("host/first-boot.sh");
        vipInterface.ifPresent(name -> script.then("host/interface.sh")
                .variable("ADDRESS", host.address())
                .variable("INTERFACE", name));
        var all = new TreeSet<>(packages);
        all.addAll(PACKAGES);
        return script.then("host/prepare.sh")
                .variable("PACKAGES", String.join(" ", all))
                .file(new HostFile("/etc/sysctl.d/60-pgha.conf", "root:root", "0644",
                        HostScript.resource("host/sysctl.conf")))
                .file(new HostFile("/etc/ssh/sshd_config.d/10-pgha.conf", "root:root", "0644",
                        SshdConfig.render(host.user())))
                .file(new HostFile("/etc/apt/apt.conf.d/52pgha", "root:root", "0644",
                        HostScript.resource("host/unattended-upgrades.conf")))
                .file(new HostFile("/etc/pgha/doctor.json", "root:root", "0644",
                        DoctorConfig.render(host.address(), all, etcd, postgres)))
                .file(new HostFile("/usr/local/sbin/pgha-doctor", "root:root", "0755",
                        HostScript.resource("host/pgha-doctor")));
    }
}
