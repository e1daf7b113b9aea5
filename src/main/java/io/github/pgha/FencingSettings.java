package io.github.pgha;

import com.pulumi.core.Output;
import io.github.pgha.fencing.Fencing;
import io.github.pgha.rules.Problems;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The program's configuration of fencing. The token and the authority may come from the environment, so that a checkout
 * needn't hold them.
 */
final class FencingSettings {
    /** Variable with the token. */
    static final String TOKEN_VARIABLE = "PGHA_FENCING_TOKEN";
    /** Variable with the path of a file with the authority's certificate. */
    static final String CA_FILE_VARIABLE = "PGHA_FENCING_CA_FILE";

    private enum Kind { OFF, PROXMOX }

    private final Kind kind;
    private final String endpoint;
    private final List<String> endpoints;
    private final String token;
    private final String caCertificate;
    private final String caFile;
    private final Integer silenceSeconds;
    private final Integer intervalSeconds;

    /**
     * @param config      the keys
     * @param environment the variables
     */
    FencingSettings(ConfigReader config, Map<String, String> environment) {
        kind = config.choice("fencing", Kind.values());
        endpoint = config.optionalText("fencingEndpoint");
        endpoints = config.texts("fencingEndpoints");
        String givenToken = config.secret("fencingToken");
        token = givenToken == null ? environment.getOrDefault(TOKEN_VARIABLE, "").strip() : givenToken.strip();
        caCertificate = config.optionalText("fencingCaCertificate");
        caFile = caCertificate == null ? environment.getOrDefault(CA_FILE_VARIABLE, "") : "";
        silenceSeconds = config.number("fencingSilenceSeconds");
        intervalSeconds = config.number("fencingIntervalSeconds");
    }

    /** Whether a leader is to be powered off. */
    boolean wanted() {
        return kind == Kind.PROXMOX;
    }

    /** Adds what is wrong. Without fencing nothing is. */
    void check(Problems problems) {
        if (kind != Kind.PROXMOX) {
            return;
        }
        if (endpoint != null && endpoints != null && !endpoints.isEmpty()) {
            problems.add("fencingEndpoint '%s' must not be set beside fencingEndpoints: it must be one of them", endpoint);
        } else if (endpoint == null && endpoints != null && endpoints.isEmpty()) {
            problems.add("fencingEndpoints is missing: it must have a URL of the Proxmox VE API at least, "
                    + "since fencing is proxmox");
        }
        if (endpoint != null) {
            Fencing.checkEndpoints(problems, i -> "fencingEndpoint", List.of(endpoint));
        } else if (endpoints != null) {
            Fencing.checkEndpoints(problems, i -> "fencingEndpoints[" + i + "]", endpoints);
        }
        if (!Fencing.isToken(token)) {
            problems.add("fencingToken (or %s in the environment) must be an API token USER@REALM!NAME=UUID%s",
                    TOKEN_VARIABLE, token.isEmpty() ? ", and is empty" : "; what it is isn't shown here");
        }
        Optional<String> authority = Optional.empty();
        try {
            authority = authority();
        } catch (IOException e) {
            problems.add("%s '%s' must be a file that can be read", CA_FILE_VARIABLE, caFile);
        }
        Fencing.check(problems, authority.orElse(null), silenceSeconds, intervalSeconds);
    }

    /** How to fence; empty for not at all. To be asked for after {@link #check}. */
    Optional<Fencing> fencing() {
        if (kind == Kind.OFF) {
            return Optional.empty();
        }
        try {
            List<URI> uris = (endpoint == null ? endpoints : List.of(endpoint)).stream().map(URI::create).toList();
            return Optional.of(new Fencing(uris.get(0), Output.ofSecret(token), authority(),
                    Duration.ofSeconds(silenceSeconds), Duration.ofSeconds(intervalSeconds), uris.subList(1, uris.size())));
        } catch (IOException e) {
            throw new IllegalStateException(caFile + " could be read before", e);
        }
    }

    private Optional<String> authority() throws IOException {
        return caFile.isBlank() ? Optional.ofNullable(caCertificate) : Optional.of(Files.readString(Path.of(caFile)));
    }
}
