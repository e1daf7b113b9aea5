package io.github.pgha.patroni;

import io.github.pgha.rules.Ipv4;
import io.github.pgha.rules.Problems;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What is served, and to whom.
 *
 * @param clusterName    Patroni's scope; it can't be changed later
 * @param appUser        login role that owns the database
 * @param appDatabase    name of the database
 * @param clientNetworks networks in CIDR form whose clients may log in
 * @param allowAllNetworks whether they may be wider than a /8, such as {@code 0.0.0.0/0}
 * @param timings        how fast Patroni acts
 * @param synchronousMode whether commits wait for standbys
 * @param parameters  PostgreSQL's parameters in place of the defaults
 * @param patroniExtra what is added to Patroni's configuration
 * @param patroniPatches whether Patroni is started by the cluster's own program, which shortens its pauses in a change of
 *                       leaders, and lets it ask another member of etcd after an answer that it would take for the loss of its
 *                       lock. Otherwise as Debian's package starts it; docs/patroni-patches.md says what that costs
 */
public record Database(
        String clusterName, String appUser, String appDatabase, List<String> clientNetworks, boolean allowAllNetworks,
        Timings timings, SynchronousMode synchronousMode, PostgresParameters parameters,
        PatroniExtra patroniExtra, boolean patroniPatches) {

    /** Roles that the cluster itself logs in as. */
    private static final Set<String> OWN_ROLES = Set.of("postgres", "replicator", "rewinder");
    /** PostgreSQL gives these names a meaning of their own in place of a role's. */
    private static final Set<String> RESERVED_ROLES = Set.of("public", "none");
    /** Every cluster has these databases from the start. */
    private static final Set<String> OWN_DATABASES = Set.of("postgres", "template0", "template1");
    /** A wider network than that lets in a part of the internet rather than known clients. */
    private static final int LEAST_PREFIX = 8;

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public Database {
        Objects.requireNonNull(timings, "timings");
        Objects.requireNonNull(synchronousMode, "synchronousMode");
        Objects.requireNonNull(parameters, "parameters");
        Objects.requireNonNull(patroniExtra, "patroniExtra");
        clientNetworks = List.copyOf(clientNetworks);
        var problems = new Problems();
        check(problems, Objects.requireNonNull(clusterName, "clusterName"), Objects.requireNonNull(appUser, "appUser"),
                Objects.requireNonNull(appDatabase, "appDatabase"), clientNetworks, allowAllNetworks);
        PostgresParameters.checkDurability(problems, parameters.values(), synchronousMode);
        problems.orThrow();
    }

    /** One whose Patroni has the patches. */
    public Database(String clusterName, String appUser, String appDatabase, List<String> clientNetworks,
            boolean allowAllNetworks, Timings timings, SynchronousMode synchronousMode, PostgresParameters parameters,
            PatroniExtra patroniExtra) {
        this(clusterName, appUser, appDatabase, clientNetworks, allowAllNetworks, timings, synchronousMode, parameters,
                patroniExtra, true);
    }

    /** One that adds nothing to Patroni's configuration. */
    public Database(String clusterName, String appUser, String appDatabase, List<String> clientNetworks,
            boolean allowAllNetworks, Timings timings, SynchronousMode synchronousMode, PostgresParameters parameters) {
        this(clusterName, appUser, appDatabase, clientNetworks, allowAllNetworks, timings, synchronousMode, parameters,
                PatroniExtra.NONE);
    }

    /** One with the default parameters. */
    public Database(String clusterName, String appUser, String appDatabase, List<String> clientNetworks,
            boolean allowAllNetworks, Timings timings, SynchronousMode synchronousMode) {
        this(clusterName, appUser, appDatabase, clientNetworks, allowAllNetworks, timings, synchronousMode,
                PostgresParameters.NONE);
    }

    /** One whose commits are on two members, with the default parameters: {@link SynchronousMode#QUORUM}. */
    public Database(String clusterName, String appUser, String appDatabase, List<String> clientNetworks,
            boolean allowAllNetworks, Timings timings) {
        this(clusterName, appUser, appDatabase, clientNetworks, allowAllNetworks, timings, SynchronousMode.QUORUM);
    }

    /** Adds what is wrong with the parts but for the timings; a null is passed over. */
    public static void check(
            Problems problems, String clusterName, String appUser, String appDatabase, List<String> clientNetworks,
            Boolean allowAllNetworks) {
        name(problems, "clusterName", clusterName);
        if (name(problems, "appUser", appUser)) {
            problems.require(appUser, user -> !OWN_ROLES.contains(user),
                    "appUser '%s' must not be a role of the cluster itself: %s",
                    String.join(", ", new TreeSet<>(OWN_ROLES)));
            problems.require(appUser, user -> !user.startsWith("pg_") && !RESERVED_ROLES.contains(user),
                    "appUser '%s' must not be a name that PostgreSQL reserves: pg_..., public, none");
        }
        if (name(problems, "appDatabase", appDatabase)) {
            problems.require(appDatabase, database -> !OWN_DATABASES.contains(database),
                    "appDatabase '%s' must not be a database of PostgreSQL itself: %s",
                    String.join(", ", new TreeSet<>(OWN_DATABASES)));
        }
        if (clientNetworks != null) {
            if (clientNetworks.isEmpty()) {
                problems.add("clientNetworks has no network: it must have at least one, else nobody may log in");
            }
            clientNetworks.forEach(network -> network(problems, network, Boolean.TRUE.equals(allowAllNetworks)));
        }
    }

    private static void network(Problems problems, String text, boolean any) {
        var network = Ipv4.withPrefix(text);
        if (!problems.require(text, t -> network.isPresent(),
                "clientNetworks: '%s' must be an IPv4 network with its prefix, such as 192.168.124.0/23")) {
            return;
        }
        problems.require(text, t -> network.get().isNetwork(),
                "clientNetworks: '%s' must have no bit set after its prefix: the network is %s",
                network.get().network());
        problems.require(text, t -> any || network.get().prefix() >= LEAST_PREFIX,
                "clientNetworks: '%s' must have a prefix of %s to 32, or allowAllNetworks must be true", LEAST_PREFIX);
    }

    /**
     * The same, reached through balancers too: PostgreSQL sees their address in place of the client's.
     *
     * @param addresses IPv4 addresses of the balancers
     */
    public Database reachedThrough(List<String> addresses) {
        var networks = Stream.concat(clientNetworks.stream(), addresses.stream().map(address -> address + "/32"));
        return new Database(clusterName, appUser, appDatabase, networks.distinct().toList(), allowAllNetworks,
                timings, synchronousMode, parameters, patroniExtra, patroniPatches);
    }

    private static boolean name(Problems problems, String key, String value) {
        return problems.require(value, name -> name.matches("[A-Za-z][A-Za-z0-9_-]{0,62}"),
                "%2$s '%1$s' must start with a letter and have at most 63 letters, digits, _ and -", key);
    }
}
