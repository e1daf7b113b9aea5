package io.github.pgha.balancer;

import com.pulumi.command.remote.Command;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostFile;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.PreparedHost;
import io.github.pgha.secret.Fingerprint;
import io.github.pgha.secret.LeafSpec;
import io.github.pgha.secret.Pki;
import io.github.pgha.secret.StoredSecret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** HAProxy and keepalived, with one virtual address that moves between the hosts. */
public final class LoadBalancer extends ComponentResource {
    /** Debian packages that a balancer needs. */
    public static final List<String> PACKAGES = List.of("haproxy", "keepalived", "curl", "iputils-arping");
    /**
     * Priority of the first balancer, which is the address's home. A backup waits longer the lower its priority is, by
     * (256 - priority) / 256 of an advertisement's interval (RFC 5798), so these are near the highest, which is 254.
     */
    private static final int HIGHEST_PRIORITY = 250;
    /** Between two balancers, so that the address goes to one of them only. */
    private static final int PRIORITY_STEP = 10;
    /** So many have a priority of at least 1 each. */
    public static final int MOST_HOSTS = (HIGHEST_PRIORITY - 1) / PRIORITY_STEP + 1;

    /** User of the statistics page. */
    public static final String STATISTICS_USER = HaproxySecrets.STATISTICS_USER;

    private final List<Resource> ready;
    private final Output<String> runs;
    private final Output<String> statisticsPassword;

    /**
     * @param name     resource name
     * @param frontend where clients come in
     * @param hosts    hosts with {@link #PACKAGES}; the first is the virtual address's home, and with it alone nobody
     *                 takes the address over
     * @param backends the PostgreSQL hosts
     * @param pki      where certificates come from
     * @param keys     the hosts' keys, by host name
     * @param rotation which generation of passwords
     * @param dependsOn what must be there first: a cluster in which none leads that isn't among the backends
     * @param options  resource options
     * @throws IllegalArgumentException if there is no host
     */
    public LoadBalancer(String name, Frontend frontend, List<PreparedHost> hosts, List<Backend> backends, Pki pki,
            Map<String, Pki.HostKeys> keys, int rotation, List<Resource> dependsOn,
            ComponentResourceOptions options) {
        super("pgha:index:LoadBalancer", name, checked(hosts, options));
        statisticsPassword = StoredSecret.password(name + "-statistics-password", rotation, this);
        List<Command> commands = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            commands.add(balancer(frontend, hosts, backends, i, pki, keys.get(hosts.get(i).host().name()),
                    // One after the other: if it has to restart, another one has the address.
                    i == 0 ? dependsOn : List.of(commands.get(i - 1))));
        }
        ready = List.copyOf(commands);
        runs = HostCommand.runs(commands);
        registerOutputs(Map.of());
    }

    /** Before the component is registered. */
    private static ComponentResourceOptions checked(List<PreparedHost> hosts, ComponentResourceOptions options) {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("balancerHosts has no host: it must have at least 1");
        }
        return options;
    }

    private Command balancer(Frontend frontend, List<PreparedHost> hosts, List<Backend> backends, int index, Pki pki,
            Pki.HostKeys own, List<Resource> dependsOn) {
        PreparedHost prepared = hosts.get(index);
        var host = prepared.host();
        var secretText = Output.tuple(statisticsPassword, own.key("statistics"))
                .applyValue(all -> secretScript(all.t1, all.t2)).asSecret();
        var secrets = HostCommand.run(host.name() + "-haproxy-secrets", host, secretText, true, this,
                List.of(prepared.ready()));
        var peers = hosts.stream().filter(other -> other != prepared).map(other -> other.host().address()).toList();
        int priority = HIGHEST_PRIORITY - PRIORITY_STEP * index;
        var certificate = own.certificate("statistics", LeafSpec.server("O=pgha statistics",
                Stream.concat(Stream.of(host.name()), frontend.names().all().stream()).distinct().toList(),
                List.of(host.address(), frontend.vipAddress())));
        var script = Output.tuple(pki.trusted(), certificate, secretText.applyValue(Fingerprint::of).asPlaintext())
                .applyValue(all -> HostScript.of("host/interface.sh").then("balancer/balancer.sh")
                        .variable("SECRETS", all.t3)
                        .variable("ADDRESS", host.address())
                        .variable("INTERFACE", frontend.networkInterface())
                        .variable("INTERFACE_TO_FIND", KeepalivedConfig.INTERFACE_TO_FIND)
                        .file(new HostFile(HaproxyConfig.TLS + "/ca.pem", "root:root", "0644", all.t1))
                        .file(new HostFile(HaproxyConfig.TLS + "/statistics.pem", "root:root", "0644", all.t2))
                        // These two come into place when their services have judged them.
                        .file(new HostFile(HaproxyConfig.TLS + "/haproxy.cfg.wanted", "root:root", "0644",
                                HaproxyConfig.render(host.name(), frontend, backends)))
                        .file(new HostFile(HaproxyConfig.TLS + "/keepalived.conf.wanted", "root:root", "0644",
                                KeepalivedConfig.render(frontend, host.address(), peers, priority)))
                        .file(new HostFile("/etc/default/haproxy", "root:root", "0644",
                                "# Written by pgha: changes made by hand are lost.\n"
                                        + "EXTRAOPTS=\"-S /run/haproxy-master.sock -f /etc/haproxy/secrets.cfg\"\n"))
                        .file(new HostFile("/usr/local/libexec/pgha/check-haproxy", "root:root", "0755",
                                HostScript.resource("balancer/check-haproxy")))
                        .file(new HostFile("/etc/systemd/system/haproxy.service.d/pgha.conf", "root:root", "0644",
                                HaproxyUnit.render(frontend)))
                        .file(new HostFile("/usr/local/libexec/pgha/haproxy-ended", "root:root", "0755",
                                HostScript.resource("balancer/haproxy-ended")))
                        .file(new HostFile("/usr/local/libexec/pgha/haproxy-servers", "root:root", "0755",
                                HostScript.resource("balancer/haproxy-servers")))
                        .file(HostFile.restarted("haproxy"))
                        .file(HostFile.restarted("keepalived"))
                        .file(new HostFile("/etc/systemd/system/haproxy.service.d/pgha-hardening.conf", "root:root", "0644",
                                HostScript.resource("balancer/haproxy-hardening.conf")))
                        .file(new HostFile("/etc/systemd/system/keepalived.service.d/pgha-hardening.conf", "root:root",
                                "0644", HostScript.resource("balancer/keepalived-hardening.conf")))
                        .render());
        var before = new ArrayList<>(dependsOn);
        before.add(secrets);
        return HostCommand.run(host.name() + "-balancer", host, script, false, this, before);
    }

    private static String secretScript(String password, String key) {
        return HostScript.of("balancer/secrets.sh")
                .file(new HostFile("/etc/haproxy/secrets.cfg", "root:root", "0600", HaproxySecrets.render(password)))
                .file(new HostFile(HaproxyConfig.TLS + "/statistics.pem.key", "root:root", "0600", key))
                .render();
    }

    /** Password of {@link #STATISTICS_USER}; secret. */
    public Output<String> statisticsPassword() {
        return statisticsPassword;
    }

    /** Another text whenever something was done to a balancer. */
    public Output<String> runs() {
        return runs;
    }

    /** What to depend on for running balancers. */
    public List<Resource> ready() {
        return ready;
    }
}
