package io.github.pgha.patroni;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.host.HostCommand;
import io.github.pgha.host.HostFile;
import io.github.pgha.host.HostScript;
import io.github.pgha.host.PreparedHost;
import io.github.pgha.patroni.PatroniConfig.Member;
import io.github.pgha.patroni.PatroniConfig.Passwords;
import io.github.pgha.secret.StoredSecret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A PostgreSQL cluster under Patroni: one primary, the rest streaming standbys, and the application's database. */
public final class PatroniCluster extends ComponentResource {
    /** Debian packages that a PostgreSQL host needs; python3-etcd and python3-dnspython are Patroni's way to etcd. */
    public static final List<String> PACKAGES = List.of("postgresql-17", "patroni", "python3-etcd", "python3-dnspython",
            "curl", "iputils-arping");

    private static final String UNIT = """
            # Written by pgha: changes made by hand are lost.
            [Unit]
            ConditionPathExists=
            [Service]
            ExecStart=
            ExecStart=/usr/bin/patroni /etc/patroni/config.d
            """;

    private final List<Resource> ready;
    private final Output<String> appPassword;

    /** A host and the memory that PostgreSQL's settings are made for. */
    public record PatroniHost(PreparedHost prepared, int memoryMb) {}

    /**
     * @param name      resource name
     * @param database  what is served
     * @param hosts     hosts with {@link #PACKAGES}
     * @param etcd      URLs of etcd for clients
     * @param dependsOn what must be there first: a healthy etcd
     * @param options   resource options
     * @throws IllegalArgumentException if there is no host
     */
    public PatroniCluster(String name, Database database, List<PatroniHost> hosts, List<String> etcd,
            List<Resource> dependsOn, ComponentResourceOptions options) {
        super("pgha:index:PatroniCluster", name, checked(hosts, options));
        appPassword = StoredSecret.password(name + "-app-password", this);
        Output<Passwords> passwords = Output.tuple(
                StoredSecret.password(name + "-superuser-password", this),
                StoredSecret.password(name + "-replication-password", this),
                StoredSecret.password(name + "-rewind-password", this))
                .applyValue(all -> new Passwords(all.t1, all.t2, all.t3));
        List<Member> members = hosts.stream().map(PatroniCluster::member).toList();
        List<Resource> commands = new ArrayList<>();
        for (PatroniHost patroniHost : hosts) {
            Host host = patroniHost.prepared().host();
            var secrets = HostCommand.run(host.name() + "-patroni-secrets", host,
                    Output.tuple(passwords, appPassword).applyValue(all -> secretScript(all.t1, all.t2)).asSecret(),
                    true, this, List.of(patroniHost.prepared().ready()));
            String script = HostScript.of("patroni/patroni.sh")
                    .variable("ADDRESS", host.address())
                    .variable("APP_USER", database.appUser())
                    .variable("APP_DATABASE", database.appDatabase())
                    .file(new HostFile("/etc/systemd/system/patroni.service.d/pgha.conf", "root:root", "0644", UNIT))
                    .file(new HostFile("/etc/systemd/system/patroni.service.d/pgha-hardening.conf", "root:root", "0644",
                            HostScript.resource("patroni/hardening.conf")))
                    .file(new HostFile("/etc/patroni/config.d/10-pgha.yml", "root:root", "0644",
                            PatroniConfig.render(database, member(patroniHost), members, etcd)))
                    .render();
            var before = new ArrayList<>(dependsOn);
            before.add(secrets);
            commands.add(HostCommand.run(host.name() + "-patroni", host, Output.of(script), false, this, before));
        }
        ready = List.copyOf(commands);
        registerOutputs(Map.of());
    }

    /** Before the component is registered. */
    private static ComponentResourceOptions checked(List<PatroniHost> hosts, ComponentResourceOptions options) {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("postgresHosts has no host: it must have at least 1");
        }
        return options;
    }

    private static Member member(PatroniHost host) {
        return new Member(host.prepared().host().name(), host.prepared().host().address(), host.memoryMb());
    }

    private static String secretScript(Passwords passwords, String appPassword) {
        return HostScript.of("patroni/secrets.sh")
                .file(new HostFile("/etc/patroni/config.d/20-secrets.yml", "postgres:postgres", "0600",
                        PatroniConfig.renderSecrets(passwords)))
                .file(new HostFile("/etc/patroni/app-password", "root:root", "0600", appPassword))
                .render();
    }

    /** What to depend on for a running cluster. */
    public List<Resource> ready() {
        return ready;
    }

    /** The application's password; secret. */
    public Output<String> appPassword() {
        return appPassword;
    }
}
