package io.github.pgha.patroni;

import com.google.gson.GsonBuilder;
import io.github.pgha.host.HostScript;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;

/** Patroni's configuration files of one member. Patroni reads a folder of them and puts them together. */
final class PatroniConfig {
    /** Folder of certificates and keys: a pair for each end of a connection, {@code NAME.pem} and {@code NAME.key}. */
    static final String TLS = "/etc/patroni/tls";
    /** User of Patroni's own REST server. */
    private static final String REST_USER = "patroni";
    private static final String HEAD = "# Written by pgha: changes made by hand are lost.\n";

    private PatroniConfig() {}

    /** A PostgreSQL host. */
    record Member(String name, String address, int memoryMb) {}

    /** What Patroni itself logs in with. The superuser has none: it comes by the local socket only. */
    record Passwords(String replication, String rewind, String rest, String etcdUser, String etcd) {}

    /**
     * Returns the file without secrets.
     *
     * @param database what is served
     * @param self     the member
     * @param members  all members, itself included
     * @param etcd     URLs of etcd, {@code https://HOST:2379}
     */
    static String render(Database database, Member self, List<Member> members, List<String> etcd) {
        var config = new LinkedHashMap<String, Object>();
        config.put("scope", database.clusterName());
        config.put("name", self.name());
        config.put("restapi", map("listen", self.address() + ":8008", "connect_address", self.address() + ":8008",
                "certfile", TLS + "/rest-server.pem", "keyfile", TLS + "/rest-server.key", "cafile", TLS + "/ca.pem",
                // Whoever changes something needs a certificate; who only asks for the state does not.
                "verify_client", "optional"));
        // Members among each other, and patronictl.
        config.put("ctl", map("cacert", TLS + "/ca.pem",
                "certfile", TLS + "/rest-client.pem", "keyfile", TLS + "/rest-client.key"));
        config.put("etcd3", map("hosts", etcd.stream().map(url -> url.substring(url.indexOf("//") + 2)).toList(),
                "protocol", "https", "cacert", TLS + "/ca.pem",
                "cert", TLS + "/etcd-client.pem", "key", TLS + "/etcd-client.key"));
        config.put("bootstrap", map("dcs", dynamic(database), "initdb", List.of(
                map("encoding", "UTF8"), map("locale", "C.UTF-8"), "data-checksums",
                map("auth-host", "scram-sha-256"), map("auth-local", "peer"))));
        config.put("postgresql", map(
                "listen", self.address() + ",127.0.0.1:5432",
                "connect_address", self.address() + ":5432",
                "data_dir", "/var/lib/postgresql/17/pgha",
                "bin_dir", "/usr/lib/postgresql/17/bin",
                "pgpass", "/var/lib/postgresql/.pgpass-patroni",
                "use_unix_socket", true,
                // Patroni looks at its own member's timeline over a replication connection.
                "use_unix_socket_repl", true,
                "authentication", map(
                        "superuser", map("username", "postgres"),
                        "replication", verified("replicator"),
                        "rewind", verified("rewinder")),
                // A new standby's copy starts with a checkpoint; at its normal pace that alone takes minutes.
                "basebackup", List.of(map("checkpoint", "fast")),
                "pg_hba", hba(database, members),
                "pg_ident", List.of("pgha postgres replicator")));
        // Resets the machine of a leader that hangs before another may lead. Where there is none, all goes on without it.
        config.put("watchdog", map("mode", "automatic", "device", "/dev/watchdog", "safety_margin", 5));
        database.patroniExtra().addLocalTo(config);
        return dump(config);
    }

    /** Returns the file with a member's own PostgreSQL parameters; see {@link ParametersConfig}. */
    static String renderParameters(Database database, Member self) {
        return dump(map("postgresql", map("parameters",
                ParametersConfig.own(database.parameters(), self.memoryMb()))));
    }

    /** Returns the file with the passwords, for {@code postgres} only. */
    static String renderSecrets(Passwords passwords) {
        return dump(map(
                "restapi", map("authentication", map("username", REST_USER, "password", passwords.rest())),
                "etcd3", map("username", passwords.etcdUser(), "password", passwords.etcd()),
                "postgresql", map("authentication", map(
                        "replication", map("username", "replicator", "password", passwords.replication()),
                        "rewind", map("username", "rewinder", "password", passwords.rewind())))));
    }

    /** A role that logs in to other members: only to those whose certificate names the address. */
    private static Map<String, Object> verified(String role) {
        return map("username", role, "sslmode", "verify-full", "sslrootcert", TLS + "/ca.pem");
    }

    /** Returns what Patroni keeps in etcd for all members, as a JSON file. The first start and every change take it. */
    static String renderShared(Database database) {
        return json(dynamic(database));
    }

    /** Returns the names of the application's role and database, for {@code patroni/roles}. */
    static String renderRoles(Database database) {
        return json(map("user", database.appUser(), "database", database.appDatabase()));
    }

    private static String json(Map<String, Object> values) {
        return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(values) + "\n";
    }

    /** Returns the unit of the program that ends a PostgreSQL or a Patroni that hangs. */
    static String renderLivenessUnit(Database database, Member self) {
        return HostScript.resource("patroni/pgha-liveness.service")
                .replace("$NAME", self.name()).replace("$ADDRESS", self.address())
                .replace("$SECONDS", Integer.toString(database.timings().hungAfter()));
    }

    private static Map<String, Object> dynamic(Database database) {
        Timings timings = database.timings();
        SynchronousMode mode = database.synchronousMode();
        Map<String, Object> parameters = ParametersConfig.shared(database.parameters());
        Map<String, Object> settings = map(
                "ttl", timings.ttl(),
                "loop_wait", timings.loopWait(),
                "retry_timeout", timings.retryTimeout(),
                "maximum_lag_on_failover", 1024 * 1024,
                // On loss of etcd the primary goes on as long as it reaches all other members.
                "failsafe_mode", true,
                "synchronous_mode", mode.patroniValue(),
                "synchronous_mode_strict", mode == SynchronousMode.STRICT,
                "synchronous_node_count", 1,
                // A crashed primary isn't waited for where a standby is known to have every commit (Patroni's default: 300).
                "primary_start_timeout", mode == SynchronousMode.OFF ? 300 : 0,
                "postgresql", map("use_pg_rewind", true, "use_slots", true, "parameters", parameters));
        database.patroniExtra().addDynamicTo(settings);
        parameters.put(ParametersConfig.SHARED, ParametersConfig.fingerprint(settings));
        return settings;
    }

    private static List<String> hba(Database database, List<Member> members) {
        var lines = new ArrayList<>(List.of(
                "local all postgres peer",
                "local replication replicator peer map=pgha",
                "hostnossl all all all reject"));
        for (Member member : members) {
            var from = member.address() + "/32";
            lines.add("hostssl replication replicator " + from + " scram-sha-256");
            lines.add("hostssl postgres rewinder " + from + " scram-sha-256");
        }
        // The superuser comes by the local socket only, the others from members only.
        lines.add("hostssl all postgres,replicator,rewinder all reject");
        database.clientNetworks().forEach(network -> lines.add("hostssl all all " + network + " scram-sha-256"));
        return lines;
    }

    private static Map<String, Object> map(Object... pairs) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static String dump(Map<String, Object> config) {
        var options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setWidth(200);
        // Else some of Unicode is read back as other characters (U+0085), or as bytes.
        options.setAllowUnicode(false);
        options.setNonPrintableStyle(DumperOptions.NonPrintableStyle.ESCAPE);
        return HEAD + new Yaml(new ForPython(options), options).dump(config);
    }

    /** Python's YAML can't read the one text that SnakeYAML leaves without quotes though it has a meaning: =. */
    private static final class ForPython extends Representer {
        ForPython(DumperOptions options) {
            super(options);
        }

        @Override
        protected Node representScalar(Tag tag, String value, DumperOptions.ScalarStyle style) {
            return super.representScalar(
                    tag, value, value.equals("=") ? DumperOptions.ScalarStyle.DOUBLE_QUOTED : style);
        }
    }
}
