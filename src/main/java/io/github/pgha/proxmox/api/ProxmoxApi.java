package io.github.pgha.proxmox.api;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * Reads from the Proxmox VE API with an API token. Many threads may call at once. Nothing of the token is in an exception.
 */
public final class ProxmoxApi {
    /** Variable with the URL of the API, as the provider reads it. */
    public static final String ENDPOINT_VARIABLE = "PROXMOX_VE_ENDPOINT";
    /** Variable with the token, as the provider reads it. */
    public static final String TOKEN_VARIABLE = "PROXMOX_VE_API_TOKEN";
    /** For a call that doesn't say: a 401 takes Proxmox VE 3 s, as does the status of a machine that hangs. */
    public static final Duration CALL = Duration.ofSeconds(8);

    private static final Duration CONNECT = Duration.ofSeconds(4);
    private static final int MOST_BYTES = 16 * 1024 * 1024;
    private static final Gson JSON = new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

    private final URI endpoint;
    private final String token;
    private final Trust.Shown shown = new Trust.Shown();
    private final SSLSocketFactory sockets;

    /**
     * @param endpoint URL of the API, {@code https://HOST:8006/}; a path in it is left out, as the provider does
     * @param token    API token, {@code USER@REALM!NAME=UUID}
     * @param trust    whose certificates are believed
     */
    public ProxmoxApi(URI endpoint, String token, Trust trust) {
        this.endpoint = URI.create(endpoint.getScheme() + "://" + endpoint.getRawAuthority());
        this.token = token;
        this.sockets = trust.context(shown).getSocketFactory();
    }

    /**
     * Takes the endpoint, the token and the CAs from the variables that the provider reads.
     *
     * @param environment {@value #ENDPOINT_VARIABLE}, {@value #TOKEN_VARIABLE}, and {@value Trust#VARIABLE} if there is one
     * @return empty if the endpoint or the token isn't set, as where they are in another place
     * @throws IllegalArgumentException if one of them can't be what it is to be
     */
    public static Optional<ProxmoxApi> of(Map<String, String> environment) {
        String endpoint = environment.getOrDefault(ENDPOINT_VARIABLE, "").strip();
        String token = environment.getOrDefault(TOKEN_VARIABLE, "").strip();
        return endpoint.isEmpty() || token.isEmpty() ? Optional.empty()
                : Optional.of(new ProxmoxApi(endpoint(endpoint), token, Trust.of(environment)));
    }

    /**
     * Reads an endpoint.
     *
     * @throws IllegalArgumentException if it isn't a URL of https with a host
     */
    public static URI endpoint(String text) {
        URI url = URI.create(text);
        if (!"https".equals(url.getScheme()) || url.getHost() == null) {
            throw new IllegalArgumentException("'" + text + "' must be a URL such as https://pve.example.org:8006/");
        }
        return url;
    }

    /** Where it is, without a path. */
    public URI endpoint() {
        return endpoint;
    }

    /** The token without its secret: {@code USER@REALM!NAME}. */
    public String tokenId() {
        return token.substring(0, Math.max(0, token.indexOf('=')));
    }

    /**
     * Reads a list of objects.
     *
     * @param path  behind {@code /api2/json}, such as {@code /nodes}
     * @param query parameters by name
     * @throws ApiException if there is no answer, or it isn't a success
     */
    public List<Row> rows(String path, Map<String, String> query) throws ApiException {
        return get(path, query, CALL) instanceof List<?> list
                ? list.stream().map(ProxmoxApi::row).toList() : List.of();
    }

    /**
     * Reads one object.
     *
     * @param path  behind {@code /api2/json}, such as {@code /version}
     * @param query parameters by name
     * @throws ApiException if there is no answer, or it isn't a success
     */
    public Row row(String path, Map<String, String> query) throws ApiException {
        return row(get(path, query, CALL));
    }

    /**
     * Whether a number is free for a machine; containers count too, and machines that the token may not see.
     *
     * @param vmId 100 to 999999999
     * @throws ApiException if there is no answer, or it is neither yes nor no
     */
    public boolean isFree(int vmId) throws ApiException {
        try {
            get("/cluster/nextid", Map.of("vmid", String.valueOf(vmId)), CALL);
            return true;
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.REFUSED) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Reads whatever is there.
     *
     * @param path   behind {@code /api2/json}
     * @param query  parameters by name
     * @param atMost how long to wait for the answer to begin
     * @return texts, numbers, booleans, lists, maps, or null
     * @throws ApiException if there is no answer, or it isn't a success
     */
    public Object get(String path, Map<String, String> query, Duration atMost) throws ApiException {
        try {
            HttpURLConnection connection = connection(path, query, atMost);
            connection.setRequestProperty("Authorization", "PVEAPIToken=" + token);
            int status = connection.getResponseCode();
            String body = body(status >= 400 ? connection.getErrorStream() : connection.getInputStream());
            if (status != HttpURLConnection.HTTP_OK) {
                throw ApiException.of(status, message(status, connection.getResponseMessage(), body));
            }
            return parsed(body).get("data");
        } catch (ApiException e) {
            throw e;
        } catch (IOException e) {
            throw new ApiException(aboutCertificate(e) ? ApiException.Kind.NOT_TRUSTED : ApiException.Kind.NO_ANSWER, 0,
                    e.getMessage(), e);
        }
    }

    private static boolean aboutCertificate(Throwable error) {
        return Stream.iterate(error, Objects::nonNull, Throwable::getCause).anyMatch(CertificateException.class::isInstance);
    }

    /** What the server showed as its certificate in the last call; empty if no call has come to that. */
    public Optional<ServerCertificate> certificate() {
        return shown.certificate().map(found -> ServerCertificate.of(found, shown.believed()));
    }

    private HttpURLConnection connection(String path, Map<String, String> query, Duration atMost) throws IOException {
        String parameters = new TreeMap<>(query).entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        var url = URI.create(endpoint + "/api2/json" + path + (parameters.isEmpty() ? "" : "?" + parameters)).toURL();
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        if (connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(sockets);
        }
        connection.setConnectTimeout(Math.toIntExact(Math.min(CONNECT.toMillis(), atMost.toMillis())));
        connection.setReadTimeout(Math.toIntExact(atMost.toMillis()));
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        return connection;
    }

    private static String body(InputStream stream) throws IOException {
        if (stream == null) {
            return "";
        }
        try (stream) {
            return new String(stream.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, Object> parsed(String body) throws IOException {
        try {
            Map<String, Object> answer = JSON.fromJson(body, new TypeToken<Map<String, Object>>() {});
            return answer == null ? Map.of() : answer;
        } catch (JsonParseException e) {
            throw new IOException("the answer isn't of a Proxmox VE API: it is no object in JSON", e);
        }
    }

    /** Proxmox VE says why in the line of the status, and in newer versions in the body too, with each parameter's fault. */
    private static String message(int status, String reason, String body) {
        Row answer;
        try {
            answer = row(parsed(body));
        } catch (IOException e) {
            answer = new Row(Map.of());
        }
        String said = answer.text("message").or(() -> Optional.ofNullable(reason)).orElse("").strip();
        String faults = answer.values().get("errors") instanceof Map<?, ?> errors
                ? errors.entrySet().stream().map(fault -> fault.getKey() + ": " + fault.getValue())
                        .collect(Collectors.joining(", ", " (", ")")) : "";
        return (status + " " + said + faults).strip();
    }

    private static Row row(Object value) {
        return new Row(value instanceof Map<?, ?> map ? map.entrySet().stream().filter(entry -> entry.getValue() != null)
                .collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue)) : Map.of());
    }
}
