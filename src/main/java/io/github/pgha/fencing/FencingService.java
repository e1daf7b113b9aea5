package io.github.pgha.fencing;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostFile;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.PreparedHost;
import io.github.pgha.secret.Fingerprint;
import io.github.pgha.secret.LeafSpec;
import io.github.pgha.secret.Pki;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The fencing service on all etcd hosts, or its absence.
 *
 * <p>Its user of etcd needs to read {@code /service/CLUSTER/}, to write {@code /service/CLUSTER/leader} and
 * {@code /service/CLUSTER/members/}, and to read and write {@code /pgha/CLUSTER/fence/}.
 */
public final class FencingService extends ComponentResource {
    /** Debian packages that it needs; Debian's Python has all that it uses. */
    public static final List<String> PACKAGES = List.of("python3");

    private final List<Resource> ready;

    /**
     * @param name      resource name
     * @param fencing   how to fence
     * @param cluster   Patroni's scope
     * @param hosts     all etcd hosts, with {@link #PACKAGES}
     * @param members   the PostgreSQL machines
     * @param etcd      how to log in to etcd
     * @param pki       where certificates come from
     * @param keys      the hosts' keys, by host name
     * @param dependsOn what must be there first: the user of etcd, and a cluster that runs
     * @param options   resource options
     */
    public FencingService(String name, Fencing fencing, String cluster, List<PreparedHost> hosts,
            List<FencedMember> members, EtcdLogin etcd, Pki pki, Map<String, Pki.HostKeys> keys,
            List<Resource> dependsOn, ComponentResourceOptions options) {
        super("pgha:index:FencingService", name, options);
        var names = hosts.stream().map(prepared -> prepared.host().name()).toList();
        List<Resource> commands = new ArrayList<>();
        for (PreparedHost prepared : hosts) {
            Host host = prepared.host();
            Pki.HostKeys own = keys.get(host.name());
            String config = FencingConfig.render(cluster, host.name(), host.address(), names, etcd.user(), members,
                    fencing.endpoints(), fencing.silence(), fencing.interval());
            var secretText = Output.tuple(own.key("fence-etcd-client"), etcd.password(), fencing.token())
                    .applyValue(all -> secretScript(all.t1, all.t2, all.t3)).asSecret();
            var secrets = HostCommand.run(host.name() + "-fence-secrets", host, secretText, true, this,
                    List.of(prepared.ready()));
            var certificate = own.certificate("fence-etcd-client", LeafSpec.client(
                    "O=pgha fence client", List.of(host.name()), List.of(host.address())));
            var script = Output.tuple(pki.trusted(), certificate, secretText.applyValue(Fingerprint::of).asPlaintext())
                    .applyValue(all -> HostScript.of("fencing/fence.sh")
                            .variable("SECRETS", all.t3)
                            .file(file("config.json", config))
                            .file(file("ca.pem", all.t1))
                            .file(file("client.pem", all.t2))
                            .file(file("proxmox-ca.pem", fencing.caCertificate().orElse("")))
                            .file(new HostFile("/usr/local/libexec/pgha/pgha-fence", "root:root", "0755",
                                    HostScript.resource("fencing/pgha-fence")))
                            .file(new HostFile("/etc/systemd/system/pgha-fence.service", "root:root", "0644",
                                    HostScript.resource("fencing/pgha-fence.service")))
                            .render());
            var before = new ArrayList<>(dependsOn);
            before.add(secrets);
            commands.add(HostCommand.run(host.name() + "-fence", host, script, false, this, before));
        }
        ready = List.copyOf(commands);
        registerOutputs(Map.of());
    }

    /**
     * No fencing: what an earlier {@code up} left of it is removed, the token first of all. Its commands have the names
     * that those of the service have, so that turning it off is an update of them.
     *
     * @param name      resource name
     * @param hosts     all etcd hosts; the first keeps etcd's users
     * @param dependsOn what must be there first: a healthy etcd
     * @param options   resource options
     */
    public FencingService(String name, List<PreparedHost> hosts, List<Resource> dependsOn,
            ComponentResourceOptions options) {
        super("pgha:index:FencingService", name, options);
        List<Resource> commands = new ArrayList<>();
        for (PreparedHost prepared : hosts) {
            String script = HostScript.of("fencing/off.sh")
                    .variable("KEEPER", prepared.equals(hosts.get(0)) ? "yes" : "")
                    .render();
            commands.add(HostCommand.run(prepared.host().name() + "-fence", prepared.host(), Output.of(script), false,
                    this, dependsOn));
        }
        ready = List.copyOf(commands);
        registerOutputs(Map.of());
    }

    private static String secretScript(String key, String password, String token) {
        return HostScript.of("fencing/secrets.sh")
                .file(secret("client.key", key))
                .file(secret("etcd-password", password))
                .file(secret("proxmox-token", token))
                .render();
    }

    // root's: systemd hands them to the service, which can't change them.
    private static HostFile secret(String name, String text) {
        return new HostFile(FencingConfig.FOLDER + "/" + name, "root:root", "0600", text);
    }

    private static HostFile file(String name, String text) {
        return new HostFile(FencingConfig.FOLDER + "/" + name, "root:root", "0644", text);
    }

    /** What to depend on for a service that runs, or that is gone. */
    public List<Resource> ready() {
        return ready;
    }
}
