package io.github.pgha.patroni;

import com.pulumi.command.remote.Command;
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
import io.github.pgha.secret.Fingerprint;
import io.github.pgha.secret.LeafSpec;
import io.github.pgha.secret.Pki;
import io.github.pgha.secret.StoredSecret;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A PostgreSQL cluster under Patroni: one primary, the rest streaming standbys, and the application's database. */
public final class PatroniCluster extends ComponentResource {
    /** Major version of PostgreSQL. Data of one version can't be used by another. */
    public static final int POSTGRES_VERSION = 17;
    /** Debian packages that a PostgreSQL host needs; python3-etcd and python3-dnspython are Patroni's way to etcd. */
    public static final List<String> PACKAGES = List.of("postgresql-17", "patroni", "python3-etcd", "python3-dnspython",
            "curl", "iputils-arping");

    private static final String UNIT = """
            # Written by pgha: changes made by hand are lost.
            [Unit]
            ConditionPathExists=
            [Service]
            ExecStart=
            ExecStart=/usr/local/libexec/pgha/patroni /etc/patroni/config.d
            """;

    private final List<Resource> ready;
    private final Resource settled;
    private final Output<String> runs;
    private final Output<String> appPassword;

    private record Keys(String restServer, String restClient, String etcdClient, String postgresql) {}

    private record Certificates(
            String trusted, String restServer, String restClient, String etcdClient, String postgresql, String secrets) {}

    /** A host and the memory that PostgreSQL's settings are made for. */
    public record PatroniHost(PreparedHost prepared, int memoryMb) {}

    /**
     * @param name      resource name
     * @param database  what is served
     * @param vip       the virtual address that clients come to; PostgreSQL's certificates name it
     * @param dnsNames  names that clients know it by, besides those of hosts
     * @param hosts     hosts with {@link #PACKAGES}
     * @param etcd      how to log in to etcd
     * @param pki       where certificates come from
     * @param keys      the hosts' keys, by host name
     * @param rotation  which generation of passwords
     * @param dependsOn what must be there first: a healthy etcd
     * @param options   resource options
     * @throws IllegalArgumentException if there is no host
     */
    public PatroniCluster(String name, Database database, String vip, List<String> dnsNames, List<PatroniHost> hosts,
            EtcdAccess etcd, Pki pki, Map<String, Pki.HostKeys> keys, int rotation, List<Resource> dependsOn,
            ComponentResourceOptions options) {
        super("pgha:index:PatroniCluster", name, checked(hosts, options));
        appPassword = StoredSecret.password(name + "-app-password", rotation, this);
        Output<Passwords> passwords = Output.tuple(
                StoredSecret.password(name + "-replication-password", rotation, this),
                StoredSecret.password(name + "-rewind-password", rotation, this),
                StoredSecret.password(name + "-rest-password", rotation, this),
                etcd.password())
                .applyValue(all -> new Passwords(all.t1, all.t2, all.t3, etcd.user(), all.t4));
        List<Member> members = hosts.stream().map(PatroniCluster::member).toList();
        List<Resource> trials = trials(database, hosts);
        List<Command> commands = new ArrayList<>();
        for (PatroniHost patroniHost : hosts) {
            Host host = patroniHost.prepared().host();
            Pki.HostKeys own = keys.get(host.name());
            var privateKeys = Output.tuple(own.key("rest-server"), own.key("rest-client"), own.key("etcd-client"),
                    own.key("postgresql")).applyValue(all -> new Keys(all.t1, all.t2, all.t3, all.t4));
            var secretText = Output.tuple(passwords, appPassword, privateKeys)
                    .applyValue(all -> secretScript(all.t1, all.t2, all.t3)).asSecret();
            // After etcd knows the user that they name: a Patroni that starts meanwhile, on its own, could not log in.
            var secrets = HostCommand.run(host.name() + "-patroni-secrets", host, secretText, true, this,
                    Stream.concat(dependsOn.stream(), Stream.of(patroniHost.prepared().ready())).toList());
            var names = List.of(host.name());
            var at = List.of(host.address());
            var script = Output.tuple(pki.trusted(),
                            own.certificate("rest-server", LeafSpec.server("O=pgha patroni server", names, at)),
                            own.certificate("rest-client", LeafSpec.client("O=pgha patroni client", names, at)),
                            own.certificate("etcd-client", LeafSpec.client("O=pgha etcd client", names, at)),
                            own.certificate("postgresql",
                                    LeafSpec.server("O=pgha postgresql",
                                    Stream.concat(names.stream(), dnsNames.stream()).distinct().toList(),
                                    List.of(host.address(), vip))),
                            secretText.applyValue(Fingerprint::of).asPlaintext())
                    .applyValue(all -> script(database, patroniHost, members, etcd.endpoints(),
                            new Certificates(all.t1, all.t2, all.t3, all.t4, all.t5, all.t6)));
            var before = new ArrayList<>(dependsOn);
            before.add(secrets);
            before.addAll(trials);
            commands.add(HostCommand.runLong(host.name() + "-patroni", host, script, this, before));
        }
        ready = List.copyOf(commands);
        runs = HostCommand.runs(commands);
        settled = roll(hosts, members, commands);
        registerOutputs(Map.of());
    }

    /** Lets PostgreSQL judge its parameters, once for all hosts with the same ones. Nobody has them before that. */
    private List<Resource> trials(Database database, List<PatroniHost> hosts) {
        var byText = new LinkedHashMap<String, List<PreparedHost>>();
        hosts.forEach(host -> byText.computeIfAbsent(ParametersConfig.renderTrial(database.parameters(), host.memoryMb()),
                text -> new ArrayList<>()).add(host.prepared()));
        List<Resource> trials = new ArrayList<>();
        byText.forEach((text, alike) -> {
            PreparedHost first = alike.get(0);
            // Where it doesn't answer, another one judges for it: the command keeps its name.
            Host judge = alike.stream().map(PreparedHost::host).filter(host -> !host.leftOut()).findFirst().orElse(first.host());
            trials.add(HostCommand.run(first.host().name() + "-postgres-trial", judge,
                    Output.of(withTrial(HostScript.of("patroni/try.sh").then("patroni/trial.sh"), text)
                            .variable("HARDENING", HostScript.resource("patroni/hardening.conf")).render()),
                    false, this, List.of(first.ready())));
        });
        return trials;
    }

    private static HostScript withTrial(HostScript script, String text) {
        return script.file(new HostFile("/etc/patroni/trial.conf", "root:root", "0644", text))
                .file(new HostFile("/usr/local/libexec/pgha/trial-server.sh", "root:root", "0755",
                        HostScript.resource("patroni/trial-server.sh")));
    }

    /**
     * What has to restart, one member after the other: each as a standby in a first round, and in a second one whoever
     * led in the first. All of it runs again whenever a member's script has run, which prints something new each time:
     * with a changed text alone, what a killed `up` left undone would stay undone if the change is taken back.
     */
    private Resource roll(List<PatroniHost> hosts, List<Member> members, List<Command> commands) {
        Resource previous = null;
        // Whoever is left out has no turn, so the last one's work is for the last one that has.
        PatroniHost last = hosts.stream().filter(host -> !host.prepared().host().leftOut()).reduce((a, b) -> b)
                .orElse(hosts.get(hosts.size() - 1));
        for (String round : List.of("standby", "leader")) {
            for (PatroniHost patroniHost : hosts) {
                Host host = patroniHost.prepared().host();
                boolean isLast = round.equals("leader") && patroniHost.equals(last);
                Output<String> script = runs.applyValue(after -> memberScript(
                        "patroni/roll.sh", host.address(), members)
                        .variable("NAME", host.name())
                        .variable("ROUND", round)
                        .variable("LAST", isLast ? "yes" : "")
                        .variable("AFTER", after)
                        .render());
                previous = HostCommand.run(host.name() + "-roll-" + round, host, script, false, this,
                        previous == null ? List.copyOf(commands) : List.of(previous));
            }
        }
        return previous;
    }

    private static HostScript memberScript(String resource, String address, List<Member> members) {
        return HostScript.of("patroni/member.sh").then(resource)
                .variable("ADDRESS", address)
                .variable("MEMBERS", members.stream().map(Member::address).collect(Collectors.joining(",")));
    }

    /** Before the component is registered. */
    private static ComponentResourceOptions checked(List<PatroniHost> hosts, ComponentResourceOptions options) {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("postgresHosts has no host: it must have at least 1");
        }
        return options;
    }

    private static String script(Database database, PatroniHost host, List<Member> members, List<String> etcd,
            Certificates certificates) {
        Member self = member(host);
        var script = memberScript("patroni/try.sh", self.address(), members)
                .then("patroni/forgotten.sh").then("patroni/patroni.sh");
        return withTrial(script, ParametersConfig.renderTrial(database.parameters(), host.memoryMb()))
                .variable("SECRETS", certificates.secrets())
                .variable("NAME", self.name())
                .file(new HostFile("/etc/systemd/system/patroni.service.d/pgha.conf", "root:root", "0644", UNIT))
                .file(new HostFile("/usr/local/libexec/pgha/patroni", "root:root", "0755",
                        HostScript.resource(database.patroniPatches() ? "patroni/patroni" : "patroni/patroni-unpatched")))
                .file(HostFile.restarted("patroni"))
                .file(new HostFile("/usr/local/libexec/pgha/pgha-liveness", "root:root", "0755",
                        HostScript.resource("patroni/pgha-liveness")))
                .file(new HostFile("/etc/systemd/system/pgha-liveness.service", "root:root", "0644",
                        PatroniConfig.renderLivenessUnit(database, self)))
                .file(new HostFile("/etc/systemd/system/patroni.service.d/pgha-hardening.conf", "root:root", "0644",
                        HostScript.resource("patroni/hardening.conf")))
                .file(new HostFile("/etc/udev/rules.d/60-pgha-watchdog.rules", "root:root", "0644",
                        HostScript.resource("patroni/watchdog.rules")))
                .file(certificate("ca", certificates.trusted()))
                .file(certificate("rest-server", certificates.restServer()))
                .file(certificate("rest-client", certificates.restClient()))
                .file(certificate("etcd-client", certificates.etcdClient()))
                .file(certificate("postgresql", certificates.postgresql()))
                .file(new HostFile("/etc/patroni/config.d/10-pgha.yml", "root:root", "0644",
                        PatroniConfig.render(database, self, members, etcd)))
                // Not where Patroni reads it: that is for when it is the member's turn.
                .file(new HostFile("/etc/patroni/parameters.yml", "root:root", "0644",
                        PatroniConfig.renderParameters(database, self)))
                .file(new HostFile("/etc/patroni/shared.json", "root:root", "0644", PatroniConfig.renderShared(database)))
                .file(new HostFile("/etc/patroni/roles.json", "root:root", "0644", PatroniConfig.renderRoles(database)))
                .file(new HostFile("/usr/local/libexec/pgha/roles", "root:root", "0755",
                        HostScript.resource("patroni/roles")))
                .file(new HostFile("/usr/local/libexec/pgha/successor.py", "root:root", "0644",
                        HostScript.resource("patroni/successor.py")))
                .file(new HostFile("/usr/local/libexec/pgha/superuser-sql", "root:root", "0755",
                        HostScript.resource("patroni/superuser-sql")))
                .file(new HostFile("/usr/local/libexec/pgha/patch-settings", "root:root", "0755",
                        HostScript.resource("patroni/patch-settings")))
                .render();
    }

    private static HostFile certificate(String name, String text) {
        return new HostFile(PatroniConfig.TLS + "/" + name + ".pem", "root:root", "0644", text);
    }

    private static HostFile key(String name, String text) {
        return new HostFile(PatroniConfig.TLS + "/" + name + ".key", "postgres:postgres", "0600", text);
    }

    private static Member member(PatroniHost host) {
        return new Member(host.prepared().host().name(), host.prepared().host().address(), host.memoryMb());
    }

    private static String secretScript(Passwords passwords, String appPassword, Keys keys) {
        return HostScript.of("patroni/secrets.sh")
                .file(new HostFile("/etc/patroni/config.d/20-secrets.yml", "postgres:postgres", "0600",
                        PatroniConfig.renderSecrets(passwords)))
                .file(new HostFile("/etc/patroni/app-password", "root:root", "0600", appPassword))
                .file(key("rest-server", keys.restServer()))
                .file(key("rest-client", keys.restClient()))
                .file(key("etcd-client", keys.etcdClient()))
                .file(key("postgresql", keys.postgresql()))
                .render();
    }

    /** What to depend on for a running cluster. */
    public List<Resource> ready() {
        return ready;
    }

    /** What to depend on for a cluster that runs with all of its settings. */
    public Resource settled() {
        return settled;
    }

    /** Another text whenever something was done to a member. */
    public Output<String> runs() {
        return runs;
    }

    /** The application's password; secret. */
    public Output<String> appPassword() {
        return appPassword;
    }
}
