package io.github.pgha.etcd;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostFile;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.PreparedHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An etcd cluster, one member a host. */
public final class EtcdCluster extends ComponentResource {
    /** Debian packages that a host of etcd needs. */
    public static final List<String> PACKAGES = List.of("etcd-server", "etcd-client");

    private final List<String> endpoints;
    private final List<Resource> ready;

    /**
     * @param name    resource name
     * @param token   name of the cluster; it can't be changed later
     * @param hosts   hosts with {@link #PACKAGES}; an odd number, at least three
     * @param options resource options
     * @throws IllegalArgumentException if the number of hosts is even or less than three
     */
    public EtcdCluster(String name, String token, List<PreparedHost> hosts, ComponentResourceOptions options) {
        super("pgha:index:EtcdCluster", name, checked(hosts, options));
        List<EtcdMember> members = hosts.stream().map(EtcdCluster::member).toList();
        endpoints = members.stream().map(EtcdMember::clientUrl).toList();
        List<Resource> commands = new ArrayList<>();
        for (PreparedHost host : hosts) {
            EtcdMember self = member(host);
            String script = HostScript.of("etcd/etcd.sh")
                    .variable("ADDRESS", self.address())
                    .file(new HostFile("/etc/default/etcd", "root:root", "0644",
                            EtcdConfig.render(self, members, token)))
                    .file(new HostFile("/etc/systemd/system/etcd.service.d/pgha-hardening.conf", "root:root", "0644",
                            HostScript.resource("etcd/hardening.conf")))
                    .render();
            commands.add(HostCommand.run(self.name() + "-etcd", host.host(), Output.of(script), false, this,
                    List.of(host.ready())));
        }
        ready = List.copyOf(commands);
        registerOutputs(Map.of());
    }

    /** Before the component is registered. */
    private static ComponentResourceOptions checked(List<PreparedHost> hosts, ComponentResourceOptions options) {
        if (hosts.size() < 3 || hosts.size() % 2 == 0) {
            throw new IllegalArgumentException("etcdHosts has " + hosts.size()
                    + " hosts: it must have an odd number of at least 3, so that a majority is left when one fails");
        }
        return options;
    }

    private static EtcdMember member(PreparedHost host) {
        return new EtcdMember(host.host().name(), host.host().address());
    }

    /** URLs of the members for clients. */
    public List<String> endpoints() {
        return endpoints;
    }

    /** What to depend on for a healthy cluster. */
    public List<Resource> ready() {
        return ready;
    }
}
