package io.github.pgha.fencing;

import com.pulumi.core.Output;
import io.github.pgha.rules.Problems;
import io.github.pgha.secret.Certificates;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How a leader that has fallen silent is powered off. There is none by default: it puts a credential of the hypervisor
 * on the etcd hosts.
 *
 * @param endpoint       URL of the Proxmox VE API as the etcd hosts reach it, {@code https://HOST:8006/}
 * @param token          an API token, {@code USER@REALM!NAME=UUID}, that may see and power the PostgreSQL machines and
 *                       nothing else; secret
 * @param caCertificate  certificates in PEM of the authorities that the API's certificates may come from; empty for those
 *                       that the hosts' operating system trusts
 * @param silence        how long the leader must have been silent without interruption; 1 to 60 seconds
 * @param interval       time from one fencing to the next, at least; 10 seconds to a day
 * @param otherEndpoints the same API at other nodes of the Proxmox cluster, asked where the first one doesn't answer; each
 *                       another one than {@code endpoint}, and none twice
 */
public record Fencing(URI endpoint, Output<String> token, Optional<String> caCertificate, Duration silence,
        Duration interval, List<URI> otherEndpoints) {
    /** 2 s: lost packets and short pauses of the hypervisor pass, and a client waits about 5 s in all. */
    public static final Duration DEFAULT_SILENCE = Duration.ofSeconds(2);
    /** 10 minutes: a fault that moves on with the leader must not power off one member after the other. */
    public static final Duration DEFAULT_INTERVAL = Duration.ofMinutes(10);

    private static final Pattern ENDPOINT = Pattern.compile("https://[A-Za-z0-9.-]+(?::(\\d{1,5}))?/?");

    /** @throws io.github.pgha.rules.InvalidInputException with one sentence for each broken rule */
    public Fencing {
        Objects.requireNonNull(token, "token");
        otherEndpoints = List.copyOf(otherEndpoints);
        var problems = new Problems();
        List<String> all = Stream.concat(Stream.of(endpoint), otherEndpoints.stream()).map(URI::toString).toList();
        checkEndpoints(problems, i -> all.size() == 1 ? "fencingEndpoint" : "fencingEndpoints[" + i + "]", all);
        check(problems, caCertificate.orElse(null),
                Math.toIntExact(silence.toSeconds()), Math.toIntExact(interval.toSeconds()));
        problems.orThrow();
    }

    /** With one endpoint. */
    public Fencing(URI endpoint, Output<String> token, Optional<String> caCertificate, Duration silence,
            Duration interval) {
        this(endpoint, token, caCertificate, silence, interval, List.of());
    }

    /** With the default times. */
    public Fencing(URI endpoint, Output<String> token, Optional<String> caCertificate) {
        this(endpoint, token, caCertificate, DEFAULT_SILENCE, DEFAULT_INTERVAL);
    }

    /** All endpoints, in the order in which they are asked. */
    public List<URI> endpoints() {
        return Stream.concat(Stream.of(endpoint), otherEndpoints.stream()).toList();
    }

    /**
     * Adds what is wrong with the endpoints; a null is passed over.
     *
     * @param keys where each comes from, by its index
     */
    public static void checkEndpoints(Problems problems, IntFunction<String> keys, List<String> endpoints) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < endpoints.size(); i++) {
            String key = keys.apply(i);
            problems.require(endpoints.get(i), Fencing::isEndpoint,
                    key + " '%s' must be a URL such as https://proxmox.example.org:8006/");
            problems.require(endpoints.get(i), url -> seen.add(url.replaceAll("/$", "")),
                    key + " '%s' is there twice: each must be that of another node");
        }
    }

    /** Adds what is wrong with the other parts, times in seconds; a null is passed over. */
    public static void check(Problems problems, String caCertificate, Integer silence, Integer interval) {
        if (caCertificate != null && Certificates.haveKey(caCertificate)) {
            problems.add("fencingCaCertificate must have certificates only, since everybody may read it, and has a private key");
        } else if (caCertificate != null && !Certificates.arePem(caCertificate)) {
            problems.add("fencingCaCertificate must be certificates in PEM");
        }
        problems.require(silence, s -> s >= 1 && s <= 60, "fencingSilenceSeconds '%s' must be 1 to 60");
        problems.require(interval, s -> s >= 10 && s <= 86_400, "fencingIntervalSeconds '%s' must be 10 to 86400");
    }

    private static boolean isEndpoint(String url) {
        var parts = ENDPOINT.matcher(url);
        return parts.matches() && (parts.group(1) == null
                || Integer.parseInt(parts.group(1)) >= 1 && Integer.parseInt(parts.group(1)) <= 65535);
    }

    /** Whether a text looks like an API token. */
    public static boolean isToken(String text) {
        return text.matches("[^@!=\\s]+@[^@!=\\s]+![^@!=\\s]+=[0-9a-fA-F-]{36}");
    }
}
