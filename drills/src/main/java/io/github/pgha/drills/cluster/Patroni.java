package io.github.pgha.drills.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Patroni's REST interface; only the parts that read. */
public final class Patroni {
    private static final int PORT = 8008;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CALL = Duration.ofSeconds(8);

    private final List<Host> members;
    private final int port;
    private final String scheme;
    private final HttpClient http;

    /** @throws IllegalArgumentException if the stack's authority can't be read */
    public Patroni(Stack stack) {
        this(stack, PORT);
    }

    Patroni(Stack stack, int port) {
        this.port = port;
        members = stack.with(Host.POSTGRES);
        scheme = stack.caCertificate().isPresent() ? "https" : "http";
        var builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2))
                .version(HttpClient.Version.HTTP_1_1);
        stack.caCertificate().ifPresent(pem -> {
            try {
                builder.sslContext(Tls.trusting(pem));
            } catch (GeneralSecurityException | IOException e) {
                throw new IllegalArgumentException("The stack's output 'caCertificate' must be a certificate in PEM: "
                        + e.getMessage(), e);
            }
        });
        http = builder.build();
    }

    /** The cluster in the eyes of Patroni. */
    public record View(List<Member> members, boolean paused) {
        /** The one that leads, if exactly one does. */
        public Optional<Member> leader() {
            List<Member> leaders = members.stream().filter(Member::leads).toList();
            return leaders.size() == 1 ? Optional.of(leaders.get(0)) : Optional.empty();
        }
    }

    /** Asks all members at once and takes the first answer; empty if none answers. */
    public Optional<View> cluster() throws InterruptedException {
        var first = new CompletableFuture<Optional<View>>();
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (Host member : members) {
            calls.add(get(member, "cluster", CALL).thenAccept(response -> {
                if (response.statusCode() == 200) {
                    view(response.body()).ifPresent(view -> first.complete(Optional.of(view)));
                }
            }));
        }
        CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new))
                .whenComplete((done, error) -> first.complete(Optional.empty()));
        try {
            return first.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What each member itself says of its state, by its host's name: {@code running}, for a standby that follows
     * {@code streaming}. Those that don't answer in time are absent.
     *
     * @param within how long they are waited for, all together
     */
    public Map<String, String> states(Duration within) throws InterruptedException {
        Map<Host, CompletableFuture<HttpResponse<String>>> calls = new HashMap<>();
        members.forEach(member -> calls.put(member, get(member, "patroni", within)));
        Map<String, String> states = new HashMap<>();
        for (var call : calls.entrySet()) {
            try {
                ownState(call.getValue().get().body()).ifPresent(state -> states.put(call.getKey().name(), state));
            } catch (ExecutionException e) {
                // Its absence says that it didn't answer.
            }
        }
        return states;
    }

    /** What the member itself says of its role; empty if it doesn't answer. */
    public Optional<String> role(Host member) throws InterruptedException {
        try {
            return parsed(get(member, "patroni", CALL).get().body())
                    .filter(answer -> answer.path("state").asText().equals("running"))
                    .map(answer -> answer.path("role").asText());
        } catch (ExecutionException e) {
            return Optional.empty();
        }
    }

    private CompletableFuture<HttpResponse<String>> get(Host member, String path, Duration within) {
        var request = HttpRequest.newBuilder(URI.create(scheme + "://" + member.address() + ":" + port + "/" + path))
                .timeout(within).build();
        // The request's own time-out ends with the answer's headers.
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Optional<JsonNode> parsed(String body) {
        try {
            return Optional.of(JSON.readTree(body));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** Reads a member's answer of {@code GET /patroni}; empty if it isn't one. */
    static Optional<String> ownState(String body) {
        // A primary has no state of replication, nor has a standby that doesn't follow.
        return parsed(body).map(answer -> {
            String state = answer.path("state").asText();
            return state.equals("running") ? answer.path("replication_state").asText(state) : state;
        }).filter(state -> !state.isEmpty());
    }

    /** Reads an answer of {@code GET /cluster}; empty if it isn't one. */
    static Optional<View> view(String body) {
        return parsed(body).flatMap(Patroni::view);
    }

    private static Optional<View> view(JsonNode answer) {
        List<Member> found = new ArrayList<>();
        for (JsonNode member : answer.path("members")) {
            found.add(new Member(member.path("name").asText(), member.path("role").asText(),
                    member.path("state").asText(), member.path("host").asText(), member.path("port").asInt(5432),
                    member.path("timeline").asInt(0)));
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(new View(found, answer.path("pause").asBoolean(false)));
    }
}
