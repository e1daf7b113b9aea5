package io.github.pgha.balancer;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostFile;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.PreparedHost;
import io.github.pgha.secret.StoredSecret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** HAProxy and keepalived, with one virtual address that moves between the hosts. */
public final class LoadBalancer extends ComponentResource {
    /** Debian packages that a balancer needs. */
    public static final List<String> PACKAGES = List.of("haproxy", "keepalived", "curl");
    /** Priority of the last balancer; each before it has one more. The first is the address's home. */
    private static final int LOWEST_PRIORITY = 100;

    private final List<Resource> ready;

    /**
     * @param name     resource name
     * @param frontend where clients come in
     * @param hosts    hosts with {@link #PACKAGES}; the first is the virtual address's home, and with it alone nobody
     *                 takes the address over
     * @param backends the PostgreSQL hosts
     * @param options  resource options
     * @throws IllegalArgumentException if there is no host
     */
    public LoadBalancer(String name, Frontend frontend, List<PreparedHost> hosts, List<Backend> backends,
            ComponentResourceOptions options) {
        super("pgha:index:LoadBalancer", name, checked(hosts, options));
        var password = StoredSecret.password(name + "-statistics-password", this);
        List<Resource> commands = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            commands.add(balancer(frontend, hosts, backends, i, password));
        }
        ready = List.copyOf(commands);
        registerOutputs(Map.of());
    }

    /** Before the component is registered. */
    private static ComponentResourceOptions checked(List<PreparedHost> hosts, ComponentResourceOptions options) {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("balancerHosts has no host: it must have at least 1");
        }
        return options;
    }

    private Resource balancer(Frontend frontend, List<PreparedHost> hosts, List<Backend> backends, int index,
            Output<String> password) {
        PreparedHost prepared = hosts.get(index);
        var host = prepared.host();
        var secrets = HostCommand.run(host.name() + "-haproxy-secrets", host,
                password.applyValue(value -> HostScript.of("balancer/secrets.sh")
                        .file(new HostFile("/etc/haproxy/secrets.cfg", "root:root", "0600",
                                HaproxySecrets.render(value)))
                        .render()).asSecret(),
                true, this, List.of(prepared.ready()));
        var peers = hosts.stream().filter(other -> other != prepared).map(other -> other.host().address()).toList();
        String script = HostScript.of("balancer/balancer.sh")
                .variable("STATS_PORT", frontend.statsPort())
                .file(new HostFile("/etc/haproxy/haproxy.cfg", "root:root", "0644",
                        HaproxyConfig.render(host.name(), frontend, backends)))
                .file(new HostFile("/etc/default/haproxy", "root:root", "0644",
                        "# Written by pgha: changes made by hand are lost.\n"
                                + "EXTRAOPTS=\"-S /run/haproxy-master.sock -f /etc/haproxy/secrets.cfg\"\n"))
                .file(new HostFile("/etc/keepalived/keepalived.conf", "root:root", "0644", KeepalivedConfig.render(
                        frontend, host.address(), peers, LOWEST_PRIORITY + hosts.size() - 1 - index)))
                .file(new HostFile("/usr/local/libexec/pgha/check-haproxy", "root:root", "0755",
                        HostScript.resource("balancer/check-haproxy")))
                .file(new HostFile("/etc/systemd/system/haproxy.service.d/pgha-hardening.conf", "root:root", "0644",
                        HostScript.resource("balancer/haproxy-hardening.conf")))
                .file(new HostFile("/etc/systemd/system/keepalived.service.d/pgha-hardening.conf", "root:root", "0644",
                        HostScript.resource("balancer/keepalived-hardening.conf")))
                .render();
        return HostCommand.run(host.name() + "-balancer", host, Output.of(script), false, this, List.of(secrets));
    }

    /** What to depend on for running balancers. */
    public List<Resource> ready() {
        return ready;
    }
}
