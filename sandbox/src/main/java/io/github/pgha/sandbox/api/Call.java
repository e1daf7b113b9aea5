package io.github.pgha.sandbox.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One request, its parameters already checked against the route's {@link Schema}. */
public final class Call {
    private final Caller caller;
    private final Map<String, String> path;
    private final Map<String, String> parameters;

    Call(Caller caller, Map<String, String> path, Map<String, String> parameters) {
        this.caller = caller;
        this.path = path;
        this.parameters = parameters;
    }

    public Caller caller() {
        return caller;
    }

    /** The value of a {placeholder} of the route. */
    public String path(String name) {
        return path.get(name);
    }

    /** The {vmid} of the route. */
    public int vmid() {
        return Schema.vmid(path.get("vmid"));
    }

    /** Parameters of the query or the body, in the order in which they came. */
    public Map<String, String> parameters() {
        return parameters;
    }

    public Optional<String> text(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** A parameter that the route's schema requires. */
    public String required(String name) {
        return text(name).orElseThrow(() -> ApiException.badParameter(name,
                "property is missing and it is not optional"));
    }

    public int number(String name, int otherwise) {
        return text(name).map(Integer::parseInt).orElse(otherwise);
    }

    public boolean flag(String name) {
        return text(name).map(Schema::isTrue).orElse(false);
    }

    /** A comma separated list; empty if the parameter is absent. */
    public List<String> list(String name) {
        return text(name).map(value -> List.of(value.split("[,; ]+"))).orElse(List.of());
    }

    /** Demands one of the privileges on a path such as "/vms/100". */
    public void demand(String onPath, String... anyOf) {
        caller.demand(onPath, List.of(anyOf));
    }
}
