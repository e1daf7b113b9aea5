package io.github.pgha.sandbox.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Proxmox VE's JSON over HTTPS: forms in, {"data": ...} out, errors in the status line as well as in the body. */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final String PREFIX = "/api2/json";
    private static final List<HandlerType> METHODS = List.of(HandlerType.GET, HandlerType.POST, HandlerType.PUT,
            HandlerType.DELETE, HandlerType.PATCH);

    private final Dispatcher dispatcher;
    private final Node node;
    private final Tokens tokens;
    private final Faults faults;
    private final Delays delays;
    private final ObjectMapper json;
    private final Javalin javalin;

    /** Starts to listen; port 0 takes a free one. */
    public ApiServer(String address, int port, SSLContext tls, Dispatcher dispatcher, Node node, Tokens tokens, Faults faults,
            Delays delays, ObjectMapper json) {
        this.dispatcher = dispatcher;
        this.node = node;
        this.tokens = tokens;
        this.faults = faults;
        this.delays = delays;
        this.json = json;
        this.javalin = Javalin.create(config -> {
            config.showJavalinBanner = false;
            config.startupWatcherEnabled = false;
            config.jetty.addConnector((server, http) -> connector(server, address, port, tls));
        });
        for (HandlerType method : METHODS) {
            javalin.addHttpHandler(method, "/*", this::handle);
        }
        javalin.start();
    }

    public int port() {
        return javalin.port();
    }

    private static ServerConnector connector(Server server, String address, int port, SSLContext tls) {
        HttpConfiguration http = new HttpConfiguration();
        SecureRequestCustomizer customizer = new SecureRequestCustomizer();
        // Clients speak to an IP address; there is no name to compare.
        customizer.setSniHostCheck(false);
        http.addCustomizer(customizer);
        http.setSendServerVersion(false);
        // A volume id in a path has an escaped slash in it.
        http.setUriCompliance(UriCompliance.UNSAFE);
        SslContextFactory.Server ssl = new SslContextFactory.Server();
        ssl.setSslContext(tls);
        ServerConnector connector = new ServerConnector(server,
                new SslConnectionFactory(ssl, HttpVersion.HTTP_1_1.asString()), new HttpConnectionFactory(http));
        connector.setHost(address);
        connector.setPort(port);
        return connector;
    }

    /** An answer before it is written; reason is null for success. */
    private record Answer(int status, String reason, Map<String, Object> body) { }

    private void handle(Context context) {
        Answer answer = answer(context);
        try {
            byte[] bytes = json.writeValueAsBytes(answer.body);
            if (answer.reason != null) {
                // Proxmox's clients read the reason in the status line.
                Request.getBaseRequest(context.req()).getResponse().setStatusWithReason(answer.status,
                        answer.reason.lines().findFirst().orElse(""));
            }
            context.res().setContentType("application/json;charset=UTF-8");
            context.res().setContentLength(bytes.length);
            context.res().getOutputStream().write(bytes);
        } catch (IOException e) {
            LOG.info("{} {}: the client went away before the answer", context.method(), context.req().getRequestURI());
        }
    }

    private Answer answer(Context context) {
        String method = context.method().name();
        String path = context.req().getRequestURI();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("data", null);
        try {
            if (!path.startsWith(PREFIX)) {
                throw ApiException.notImplemented(method, path);
            }
            Caller caller = tokens.authenticate(context.header("Authorization"));
            body.put("data", faults.answer(dispatcher, node, caller, method, path.substring(PREFIX.length()),
                    parameters(context)));
            LOG.debug("{} {} 200", method, path);
            return new Answer(200, null, body);
        } catch (ApiException e) {
            if (e.status() == 401) {
                delay(delays.unauthorized());
            }
            LOG.warn("{} {} {} {} {}", method, path, e.status(), e.getMessage(), e.errors().isEmpty() ? "" : e.errors());
            body.put("message", e.getMessage() + "\n");
            if (!e.errors().isEmpty()) {
                body.put("errors", e.errors());
            }
            return new Answer(e.status(), e.getMessage(), body);
        } catch (Exception e) {
            LOG.error("{} {} failed", method, path, e);
            body.put("message", e.getMessage() + "\n");
            return new Answer(500, String.valueOf(e.getMessage()), body);
        }
    }

    private static void delay(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Query and body together, as Proxmox takes them; a body may be a form or JSON. */
    private Map<String, String> parameters(Context context) throws IOException {
        Map<String, String> parameters = new LinkedHashMap<>();
        context.queryParamMap().forEach((name, values) -> parameters.put(name, values.get(values.size() - 1)));
        String type = Objects.requireNonNullElse(context.contentType(), "");
        if (type.startsWith("application/json")) {
            JsonNode body = json.readTree(context.body().isBlank() ? "{}" : context.body());
            body.properties().forEach(field -> parameters.put(field.getKey(), text(field.getValue())));
        } else if (type.startsWith("application/x-www-form-urlencoded")) {
            context.formParamMap().forEach((name, values) -> parameters.put(name, values.get(values.size() - 1)));
        } else if (!context.body().isBlank()) {
            throw ApiException.badParameter("body", "the sandbox takes forms and JSON, not '" + type + "'");
        }
        return parameters;
    }

    private static String text(JsonNode value) {
        return value.isBoolean() ? (value.asBoolean() ? "1" : "0") : value.asText();
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
