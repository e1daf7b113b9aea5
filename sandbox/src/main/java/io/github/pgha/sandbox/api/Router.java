package io.github.pgha.sandbox.api;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the route of a request, checks its parameters and what it needs, and carries it out. */
public final class Router {
    private final List<Route> routes = new ArrayList<>();

    /** What a route does; the return value becomes the answer's "data". */
    @FunctionalInterface
    public interface Action {
        Object run(Call call) throws Exception;
    }

    /** A privilege (one of several) on a path; the path may use the route's placeholders and parameters. */
    public record Need(String path, String... anyOf) { }

    private record Route(String method, String[] template, Schema schema, List<Need> needs, Action action) { }

    /**
     * A route that needs the given privileges ("/vms/{vmid}", "VM.Audit"); without any, a valid token is enough. A last
     * placeholder that ends in a star takes the rest of the path, slashes and all.
     */
    public Router on(String method, String template, Schema schema, Action action, Need... needs) {
        routes.add(new Route(method, split(template), schema, List.of(needs), action));
        return this;
    }

    /** Answers a request whose path starts after "/api2/json". */
    public Object answer(Caller caller, String method, String path, Map<String, String> parameters) throws Exception {
        Match match = find(method, path);
        check(match, caller, parameters);
        return match.route.action.run(new Call(caller, match.variables, parameters));
    }

    /** Only checks what would be answered: that there is such a call, its parameters and what it needs. */
    void check(Caller caller, String method, String path, Map<String, String> parameters) {
        check(find(method, path), caller, parameters);
    }

    private record Match(Route route, Map<String, String> variables) { }

    private Match find(String method, String path) {
        String[] segments = split(path);
        for (Route route : routes) {
            Map<String, String> variables = match(route, method, segments);
            if (variables != null) {
                return new Match(route, variables);
            }
        }
        throw ApiException.notImplemented(method, path);
    }

    private static void check(Match match, Caller caller, Map<String, String> parameters) {
        match.route.schema.check(parameters);
        for (Need need : match.route.needs) {
            caller.demand(fill(fill(need.path, match.variables), parameters), List.of(need.anyOf));
        }
    }

    private static Map<String, String> match(Route route, String method, String[] segments) {
        int length = route.template.length;
        boolean open = length > 0 && route.template[length - 1].endsWith("*}");
        if (!route.method.equals(method) || (open ? segments.length < length : segments.length != length)) {
            return null;
        }
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < length; i++) {
            String part = route.template[i];
            if (open && i == length - 1) {
                String rest = String.join("/", Arrays.copyOfRange(segments, i, segments.length));
                variables.put(part.substring(1, part.length() - 2), decode(rest));
            } else if (part.startsWith("{")) {
                variables.put(part.substring(1, part.length() - 1), decode(segments[i]));
            } else if (!part.equals(segments[i])) {
                return null;
            }
        }
        return variables;
    }

    private static String fill(String template, Map<String, String> variables) {
        String path = template;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            path = path.replace("{" + variable.getKey() + "}", variable.getValue());
        }
        return path;
    }

    private static String[] split(String path) {
        String trimmed = path.replaceAll("^/+|/+$", "");
        return trimmed.isEmpty() ? new String[0] : trimmed.split("/+");
    }

    private static String decode(String segment) {
        // "+" stands for itself in a path.
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
