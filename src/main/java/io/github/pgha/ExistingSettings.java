package io.github.pgha;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.pulumi.core.Output;
import io.github.pgha.host.ExistingHost;
import io.github.pgha.host.Host;
import io.github.pgha.host.JumpHost;
import io.github.pgha.rules.Problems;
import io.github.pgha.secret.SshPrivateKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The program's configuration of hosts that exist already: what they have in common. It is in use if it has anything,
 * or if a host is named with its key.
 */
final class ExistingSettings {
    /** What a host has in place of {@code vmId}. */
    static final String HOST_KEY = "hostKey";

    private static final String KEY = "existingHosts";
    private static final String PRIVATE_KEY = "existingHostsPrivateKey";
    private static final String AGENT_VARIABLE = "SSH_AUTH_SOCK";
    /** Keys that are about virtual machines alone, and have no effect unless one is set. */
    private static final List<String> OF_MACHINES =
            List.of("gateway", "dnsServers", "imageChecksum", "authorizedKeys", "aptProxy", "cloudInit");

    private final boolean used;
    private final String privateKey;
    private final boolean agent;
    private final String user;
    private final Integer port;
    private final String onDestroy;
    private final String purgeCluster;
    private final Jump jump;

    private record Jump(String address, String user, String hostKey, Integer port) {}

    /**
     * @param config      the keys
     * @param lists       the lists of hosts; one that can't be read is null
     * @param environment the variables
     */
    ExistingSettings(ConfigReader config, Stream<List<JsonElement>> lists, Map<String, String> environment,
            Problems problems) {
        JsonObject common = Optional.ofNullable(config.json(KEY)).orElseGet(JsonObject::new);
        privateKey = config.secret(PRIVATE_KEY);
        agent = !environment.getOrDefault(AGENT_VARIABLE, "").isBlank();
        used = common.size() > 0 || lists.filter(list -> list != null).flatMap(List::stream).anyMatch(
                entry -> entry.isJsonObject() && entry.getAsJsonObject().has(HOST_KEY));
        if (!used) {
            user = null;
            port = null;
            onDestroy = null;
            purgeCluster = null;
            jump = null;
            return;
        }
        var read = new EntryReader(KEY, common, problems, KEY, "the user who logs in");
        user = read.text("user");
        port = read.number("port", Host.SSH_PORT);
        onDestroy = read.text("onDestroy", "keep");
        purgeCluster = read.text("purgeCluster", null);
        JsonObject through = read.object("jumpHost");
        read.refuseUnknown();
        jump = through == null ? null : jump(through, problems);
    }

    private Jump jump(JsonObject through, Problems problems) {
        var read = new EntryReader("jumpHost", through, problems, "jumpHost", "address and hostKey");
        var found = new Jump(read.text("address"), read.text("user", user), read.text(HOST_KEY),
                read.number("port", Host.SSH_PORT));
        read.refuseUnknown();
        return found;
    }

    /** Whether the cluster is built on hosts that exist already. */
    boolean used() {
        return used;
    }

    /** Who logs in, unless a host says otherwise. */
    String user() {
        return user;
    }

    /** The port of SSH servers, unless a host says otherwise. */
    Integer port() {
        return port;
    }

    /** Adds what is wrong, if the settings are in use. */
    void check(Problems problems, ConfigReader config, String clusterName, boolean fencing) {
        if (!used) {
            problems.require(privateKey, key -> false, PRIVATE_KEY + " must not be set without existingHosts");
            return;
        }
        if (privateKey == null && !agent) {
            problems.add("%s is missing: it must be set by `pulumi config set --secret %s <FILE`, or an ssh-agent must "
                    + "hold the key (%s in the environment)", PRIVATE_KEY, PRIVATE_KEY, AGENT_VARIABLE);
        }
        SshPrivateKey.check(problems, PRIVATE_KEY, privateKey);
        if (jump != null) {
            JumpHost.check(problems, "jumpHost", jump.address, jump.user, jump.hostKey, jump.port);
        }
        if (problems.require(onDestroy, List.of("keep", "purge")::contains,
                KEY + ": onDestroy '%s' must be one of keep, purge")) {
            boolean purge = onDestroy.equals("purge");
            if (purge && purgeCluster == null) {
                problems.add(KEY + ": purgeCluster is missing: onDestroy 'purge' removes data, so the cluster's name "
                        + "must be said again");
            }
            problems.require(purgeCluster, name -> purge,
                    KEY + ": purgeCluster '%s' must not be set unless onDestroy is 'purge'");
        }
        OnDestroy.check(problems, purgeCluster, clusterName);
        ClusterRules.checkFencing(problems, fencing);
        Predicate<String> set = key -> config.optionalText(key) != null
                && !List.of("[]", "{}").contains(config.optionalText(key).strip());
        OF_MACHINES.stream().filter(set).forEach(key -> problems.add("%s must not be set with existingHosts: "
                + "it is about virtual machines that this program makes", key));
    }

    /** The hosts; to be asked for after {@link #check}. */
    ExistingHosts hosts(List<ExistingHost> etcd, List<ExistingHost> postgres) {
        return new ExistingHosts(etcd, postgres,
                onDestroy.equals("purge") ? OnDestroy.purge(purgeCluster) : OnDestroy.KEEP);
    }

    /** The private key; to be asked for after {@link #check}. */
    Optional<Output<String>> privateKey() {
        return Optional.ofNullable(privateKey).map(Output::ofSecret);
    }

    /** What the hosts are reached through; to be asked for after {@link #check}. */
    Optional<JumpHost> jumpHost() {
        return Optional.ofNullable(jump)
                .map(to -> new JumpHost(to.address, to.user, privateKey(), to.hostKey, to.port));
    }
}
