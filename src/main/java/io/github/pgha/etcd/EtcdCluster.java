package io.github.pgha.etcd;

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
import java.util.stream.Collectors;

/** An etcd cluster, one member a host, with TLS between all and one user who may use one prefix. */
public final class EtcdCluster extends ComponentResource {
    /** Debian packages that a host of etcd needs. */
    public static final List<String> PACKAGES = List.of("etcd-server", "etcd-client");

    private final List<String> endpoints;
    private final List<Resource> ready;
    private final Output<String> runs;
    private final EtcdUser user;
    private final PreparedHost keeper;
    private final List<String> logins = new ArrayList<>();

    /**
     * A user of etcd.
     *
     * @param name     its name; each rotation has a user of its own, so that those who log in can move from one to the next
     * @param password its password; secret
     */
    public record EtcdUser(String name, Output<String> password) {}

    private record Keys(String server, String peer, String client, String rootPassword, String userPassword) {}

    private record Certificates(String trusted, String server, String peer, String client, String secrets) {}

    /**
     * @param name     resource name
     * @param token    name of the cluster; it can't be changed later
     * @param hosts    hosts with {@link #PACKAGES}; an odd number, at least three. The first keeps the users
     * @param userName first part of the user's name, such as {@code patroni}
     * @param prefix   the keys that the user may read and write start with it
     * @param pki      where certificates come from
     * @param keys     the hosts' keys, by host name
     * @param rotation which generation of passwords
     * @param options  resource options
     * @throws IllegalArgumentException if the number of hosts is even or less than three
     */
    public EtcdCluster(String name, String token, List<PreparedHost> hosts, String userName, String prefix, Pki pki,
            Map<String, Pki.HostKeys> keys, int rotation, ComponentResourceOptions options) {
        super("pgha:index:EtcdCluster", name, checked(hosts, options));
        List<EtcdMember> members = hosts.stream().map(EtcdCluster::member).toList();
        endpoints = members.stream().map(EtcdMember::clientUrl).toList();
        keeper = hosts.get(0);
        logins.add(userName + "-" + rotation);
        user = new EtcdUser(userName + "-" + rotation, StoredSecret.password(name + "-user-password", rotation, this));
        var rootPassword = StoredSecret.password(name + "-root-password", rotation, this);
        // A member takes this in at its first start only, so it stays what it was then: who comes later changes no file here.
        var founders = StoredSecret.keepPlain(name + "-founders", EtcdConfig.founders(members), this);
        // A host that doesn't hear from the others, since they aren't there yet, begins a new cluster.
        var before = new ArrayList<>(hosts.stream().map(PreparedHost::ready).toList());
        List<Command> commands = new ArrayList<>();
        for (PreparedHost host : hosts) {
            EtcdMember self = member(host);
            Pki.HostKeys own = keys.get(self.name());
            var secretText = Output.tuple(own.key("etcd-server"), own.key("etcd-peer"), own.key("etcd-client"),
                            rootPassword, user.password())
                    .applyValue(all -> secretScript(new Keys(all.t1, all.t2, all.t3, all.t4, all.t5), host == keeper))
                    .asSecret();
            var secrets = HostCommand.run(self.name() + "-etcd-secrets", host.host(), secretText, true, this,
                    List.of(host.ready()));
            var at = List.of(self.address());
            var names = List.of(self.name());
            var script = Output.tuple(pki.trusted(),
                            own.certificate("etcd-server", LeafSpec.server("O=pgha etcd server", names, at)),
                            own.certificate("etcd-peer", LeafSpec.peer("CN=" + EtcdConfig.PEER_NAME, names, at)),
                            own.certificate("etcd-client", LeafSpec.client("O=pgha etcd client", names, at)),
                            secretText.applyValue(Fingerprint::of).asPlaintext(), founders)
                    .applyValue(all -> script(self, members, EtcdConfig.render(self, all.t6, token), prefix,
                            new Certificates(all.t1, all.t2, all.t3, all.t4, all.t5), host == keeper));
            var first = new ArrayList<>(before);
            first.add(secrets);
            commands.add(HostCommand.run(self.name() + "-etcd", host.host(), script, false, this, first));
        }
        ready = List.copyOf(commands);
        runs = HostCommand.runs(commands);
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

    private static String secretScript(Keys keys, boolean keeper) {
        var script = HostScript.of("etcd/secrets.sh")
                .file(key("server", keys.server()))
                .file(key("peer", keys.peer()))
                .file(key("client", keys.client()))
                .file(new HostFile(EtcdConfig.TLS + "/root-password.wanted", "root:root", "0600", keys.rootPassword()));
        if (keeper) {
            script.file(new HostFile(EtcdConfig.TLS + "/user-password", "root:root", "0600", keys.userPassword()));
        }
        return script.render();
    }

    private String script(EtcdMember self, List<EtcdMember> members, String config, String prefix,
            Certificates certificates, boolean keeper) {
        return HostScript.of("etcd/member.sh").then("etcd/etcd.sh")
                .variable("NAME", self.name())
                .variable("ADDRESS", self.address())
                .variable("OTHERS", members.stream().filter(member -> !member.equals(self)).map(EtcdMember::clientUrl)
                        .collect(Collectors.joining(",")))
                .variable("KEEPER", keeper ? "yes" : "")
                .variable("LOGIN", user.name())
                .variable("PREFIX", prefix)
                .variable("SECRETS", certificates.secrets())
                .file(new HostFile("/etc/default/etcd", "root:root", "0644", config))
                .file(HostFile.restarted("etcd"))
                .file(new HostFile("/etc/systemd/system/etcd.service.d/pgha-hardening.conf", "root:root", "0644",
                        HostScript.resource("etcd/hardening.conf")))
                .file(certificate("ca", certificates.trusted()))
                .file(certificate("server", certificates.server()))
                .file(certificate("peer", certificates.peer()))
                .file(certificate("client", certificates.client()))
                .file(new HostFile("/usr/local/sbin/pgha-etcdctl", "root:root", "0700",
                        HostScript.resource("etcd/pgha-etcdctl")))
                .file(new HostFile("/usr/local/sbin/pgha-etcd-new-majority", "root:root", "0700",
                        HostScript.resource("etcd/pgha-etcd-new-majority")))
                .file(new HostFile(EtcdConfig.TLS + "/endpoints", "root:root", "0644", String.join(",", endpoints)))
                .render();
    }

    /**
     * Adds a user with rights of its own.
     *
     * @param userName first part of the user's name and name of its role; letters only
     * @param grants   what it may do, at least one right
     * @param rotation which generation of passwords
     * @return the user, and what to depend on for one who can log in
     */
    public AddedUser addUser(String userName, List<EtcdGrant> grants, int rotation) {
        String login = userName + "-" + rotation;
        logins.add(login);
        String resource = keeper.host().name() + "-etcd-" + userName;
        var password = StoredSecret.password(resource + "-password", rotation, this);
        String rights = grants.stream().map(grant -> grant.line() + "\n").collect(Collectors.joining());
        var script = password.applyValue(secret -> HostScript.of("etcd/user.sh")
                .variable("LOGIN", login)
                .file(new HostFile(EtcdConfig.TLS + "/" + userName + "-password", "root:root", "0600", secret))
                .file(new HostFile(EtcdConfig.TLS + "/" + userName + "-grants", "root:root", "0644", rights))
                .render()).asSecret();
        return new AddedUser(new EtcdUser(login, password),
                HostCommand.run(resource + "-user", keeper.host(), script, true, this, ready));
    }

    /** A user of {@link #addUser}. */
    public record AddedUser(EtcdUser user, Resource ready) {}

    /**
     * Removes the users of earlier rotations, those that were added so far included.
     *
     * @param dependsOn those who log in, after they have moved to the present user
     */
    public Resource retireFormerUsers(List<Resource> dependsOn) {
        String script = HostScript.of("etcd/retire.sh").variable("LOGINS", String.join(" ", logins)).render();
        return HostCommand.run(keeper.host().name() + "-etcd-retire", keeper.host(), Output.of(script), false, this,
                dependsOn);
    }

    private static HostFile key(String name, String text) {
        return new HostFile(EtcdConfig.TLS + "/" + name + ".key", "etcd:etcd", "0600", text);
    }

    private static HostFile certificate(String name, String text) {
        return new HostFile(EtcdConfig.TLS + "/" + name + ".pem", "root:root", "0644", text);
    }

    private static EtcdMember member(PreparedHost host) {
        return new EtcdMember(host.host().name(), host.host().address());
    }

    /** Another text whenever something was done to a member. */
    public Output<String> runs() {
        return runs;
    }

    /** URLs of the members for clients. */
    public List<String> endpoints() {
        return endpoints;
    }

    /** The user for the prefix. */
    public EtcdUser user() {
        return user;
    }

    /** What to depend on for a healthy cluster in which the user can log in. */
    public List<Resource> ready() {
        return ready;
    }
}
