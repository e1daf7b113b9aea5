package io.github.pgha;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.pulumi.Context;
import com.pulumi.core.Output;
import com.pulumi.resources.Resource;
import com.pulumi.test.Mocks;
import com.pulumi.test.PulumiTest;
import com.pulumi.test.TestOptions;
import com.pulumi.test.TestResult;
import com.pulumi.test.internal.MockMonitor;
import com.pulumi.test.internal.PulumiTestInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import pulumirpc.Resource.RegisterResourceRequest;
import pulumirpc.Resource.RegisterResourceResponse;

/**
 * What a program asks the engine for, with an engine that makes nothing. It looks at the requests themselves, since
 * Pulumi's mocks see inputs only, with secrets unwrapped, and no options or dependencies.
 */
final class Graph {
    private static final String SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
    private static final String SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

    private static final String RELEASE = "8.4";

    private final Map<String, RegisterResourceRequest> requests = new HashMap<>();
    /** What is made once and kept in the state, by name: keys and passwords. */
    private final Map<String, Object> kept;
    /** What each resource is after the run, by its name. */
    private final Map<String, Map<String, Object>> states = new ConcurrentHashMap<>();
    /** The run before, whose state stays with resources that this one must not touch. */
    private Graph earlier;
    private Predicate<String> targeted = name -> true;
    private TestResult result;

    private Graph() {
        this(new ConcurrentHashMap<>());
    }

    private Graph(Map<String, Object> kept) {
        this.kept = kept;
    }

    /**
     * Runs a program.
     *
     * @param preview whether nothing is made, so that values that resources have once they are there are unknown
     * @param config  configuration, with the project's name before each key
     */
    static Graph of(Consumer<Context> program, boolean preview, Map<String, String> config) {
        return of(program, preview, config, Map.of());
    }

    /**
     * The same for a stack that was there before.
     *
     * @param former its outputs then
     */
    static Graph of(Consumer<Context> program, boolean preview, Map<String, String> config, Map<String, Object> former) {
        return of(program, preview, config, former, Graph::answer);
    }

    /** A preview in which the settings of Proxmox's provider aren't known yet: the engine answers for it, with nothing. */
    static Graph withoutProvider(Consumer<Context> program, Map<String, String> config) {
        return of(program, true, config, Map.of(), asked -> Map.of());
    }

    /** The ready program on a Proxmox of another version. */
    static Graph onProxmox(String release, boolean preview, Map<String, String> config) {
        return of(App::stack, preview, config, Map.of(), asked -> asked.token.endsWith(":getVersion")
                ? Map.of("id", "version", "release", release, "version", release + ".1", "repositoryId", "0") : answer(asked));
    }

    private static Graph of(Consumer<Context> program, boolean preview, Map<String, String> config,
            Map<String, Object> former, Function<Mocks.CallArgs, Map<String, Object>> answers) {
        return of(new Graph(), program, preview, config, former, answers);
    }

    private static Graph of(Graph graph, Consumer<Context> program, boolean preview, Map<String, String> config,
            Map<String, Object> former, Function<Mocks.CallArgs, Map<String, Object>> answers) {
        var mocks = new Mocks() {
            @Override
            public CompletableFuture<ResourceResult> newResourceAsync(ResourceArgs args) {
                return CompletableFuture.completedFuture(preview
                        ? ResourceResult.of(Optional.empty(), args.inputs)
                        : ResourceResult.of(Optional.of(args.name + "-id"), graph.state(args, former)));
            }

            @Override
            public CompletableFuture<Map<String, Object>> callAsync(CallArgs args) {
                return CompletableFuture.completedFuture(answers.apply(args));
            }
        };
        // Parts of Pulumi's SDK that it calls internal; the public entry to its mocks can't set configuration.
        graph.result = PulumiTestInternal.builder()
                .options(TestOptions.builder().projectName("pgha-lab").stackName("test").preview(preview).build())
                .mocks(mocks)
                .config(config)
                .monitorDecorator(original -> graph.new Recorder(mocks))
                .build()
                .runTest(program);
        return graph;
    }

    /** What tells a machine from a later one of its name. */
    static String mac(String machine) {
        return "mac of " + machine;
    }

    /** What a command printed. */
    static String ran(String command) {
        return command + " has run";
    }

    private Map<String, Object> state(Mocks.ResourceArgs args, Map<String, Object> former) {
        Map<String, Object> state = targeted.test(args.name) || args.type.equals("pulumi:pulumi:StackReference")
                ? newState(args, former) : earlier.states.getOrDefault(args.name, Map.of());
        states.put(args.name, state);
        return state;
    }

    private Map<String, Object> newState(Mocks.ResourceArgs args, Map<String, Object> former) {
        var state = new HashMap<>(args.inputs);
        if (args.type.equals("pulumi:index:Stash")) {
            state.put("output", kept.computeIfAbsent(args.name, name -> args.inputs.get("input")));
        }
        if (args.type.equals("proxmoxve:index/vmLegacy:VmLegacy")) {
            double rebuild = get(args.name).getReplacementTrigger().getNumberValue();
            state.put("networkDevices", List.of(Map.of("macAddress", mac(args.name) + (rebuild == 0 ? "" : " " + rebuild))));
        }
        if (args.type.equals("pulumi:pulumi:StackReference")) {
            state.put("outputs", former);
        }
        if (args.type.equals("command:remote:Command")) {
            state.put("stdout", ran(args.name));
        }
        return state;
    }

    /** A Proxmox with the nodes that the tests name, and the datastores that a new one has. */
    private static Map<String, Object> answer(Mocks.CallArgs args) {
        return switch (args.token) {
            case "proxmoxve:index/getNodesLegacy:getNodesLegacy" -> Map.of("id", "nodes",
                    "names", List.of("pve", "pve1", "pve2", "pve3", "spare"), "onlines", List.of(true, true, true, true, false));
            case "proxmoxve:index/getDatastores:getDatastores" -> Map.of("id", "datastores",
                    "nodeName", args.args.get("nodeName"), "datastores", List.of(
                            datastore("local", true, "images", "import", "snippets"),
                            datastore("local-lvm", true, "images", "rootdir"),
                            datastore("away", false, "import"), shared("shared", "images", "import", "snippets")));
            case "proxmoxve:index/getVersion:getVersion" -> Map.of("id", "version", "release", RELEASE,
                    "version", RELEASE + ".1", "repositoryId", "0");
            case "proxmoxve:index/getPoolsLegacy:getPoolsLegacy" -> Map.of("id", "pools", "poolIds", List.of("other", "pgha"));
            case "proxmoxve:index/getVmsLegacy:getVmsLegacy" -> Map.of("id", "machines", "vms",
                    !args.args.get("nodeName").equals("pve2") ? List.of() : List.of(machine("mail", 900),
                    machine("course-pg1", 901), machine("course-pg1", 902, "pgha"),
                    machine("course-pg1", 903, "pgha", "pgha-0123456789abcdef")));
            default -> throw new AssertionError("nobody answers " + args.token);
        };
    }

    private static Map<String, Object> shared(String name, String... content) {
        return Map.of("id", name, "nodeName", "pve", "type", "nfs", "active", true, "contentTypes", List.of(content),
                "shared", true);
    }

    private static Map<String, Object> datastore(String name, boolean active, String... content) {
        return Map.of("id", name, "nodeName", "pve", "type", "dir", "active", active, "contentTypes", List.of(content));
    }

    private static Map<String, Object> machine(String name, int vmId, String... tags) {
        return Map.of("name", name, "nodeName", "pve2", "vmId", vmId, "tags", List.of(tags));
    }

    private final class Recorder extends MockMonitor {
        Recorder(Mocks mocks) {
            super(mocks, PulumiTestInternal.mockLog());
        }

        @Override
        public CompletableFuture<RegisterResourceResponse> registerResourceAsync(
                Resource resource, RegisterResourceRequest request) {
            synchronized (requests) {
                if (!request.getType().equals("pulumi:pulumi:Stack")) {
                    requests.put(request.getName(), request);
                }
            }
            return super.registerResourceAsync(resource, request);
        }
    }

    /**
     * An {@code up} of the ready program that ends well.
     *
     * @param former the stack's outputs before it
     */
    static Graph up(LabConfig config, Map<String, Object> former) {
        var graph = of(App::stack, false, config.all(), former);
        graph.result.throwOnError();
        return graph;
    }

    /** An {@code up} after this one. */
    Graph upAgain(LabConfig config) {
        var graph = of(new Graph(kept), App::stack, false, config.all(), Map.of(), Graph::answer);
        graph.result.throwOnError();
        return graph;
    }

    /**
     * An {@code up} after this one that is limited to some resources, as by {@code --target}.
     *
     * @param names says which
     */
    Graph upOnly(LabConfig config, Predicate<String> names) {
        var graph = new Graph(kept);
        graph.earlier = this;
        graph.targeted = names;
        of(graph, App::stack, false, config.all(), outputs(), Graph::answer).result.throwOnError();
        return graph;
    }

    /** What the next {@code up} may know of this one. */
    Map<String, Object> outputs() {
        var outputs = new HashMap<String, Object>();
        for (var output : List.of("clusterName", "hosts", "authorities", "lastUp")) {
            outputs.put(output, output(output));
        }
        return outputs;
    }

    TestResult result() {
        return result;
    }

    /** The value of an output of the stack. */
    Object output(String name) {
        return PulumiTest.extractValue((Output<?>) result.outputs().get(name));
    }

    /** Outputs by which the next {@code up} knows the machines of this one. */
    Map<String, Object> machines() {
        return Map.of("clusterName", output("clusterName"), "hosts", output("hosts"));
    }

    /** All requests but the stack's. */
    List<RegisterResourceRequest> all() {
        return List.copyOf(requests.values());
    }

    /** All requests for a type; there is at least one. */
    List<RegisterResourceRequest> ofType(String type) {
        var found = all().stream().filter(request -> request.getType().equals(type)).toList();
        if (found.isEmpty()) {
            throw new AssertionError("no resource of type " + type);
        }
        return found;
    }

    /** The request for a resource. */
    RegisterResourceRequest get(String name) {
        return Optional.ofNullable(requests.get(name)).orElseThrow(() -> new AssertionError("no resource " + name));
    }

    /** The script that a command sends to its host. */
    String script(String command) {
        return plain(get(command).getObject().getFieldsOrThrow("stdin")).getStringValue();
    }

    /** A line for each resource: its parent's name, its type and its name; sorted. */
    String listed() {
        return String.join("\n", all().stream()
                .map(request -> "%s: %s %s".formatted(name(request.getParent()), request.getType(), request.getName()))
                .sorted().toList()) + "\n";
    }

    /** Names of all resources that are made before another one. */
    Set<String> before(String name) {
        var found = new HashSet<String>();
        var open = new ArrayList<>(List.of(name));
        while (!open.isEmpty()) {
            for (String urn : get(open.remove(open.size() - 1)).getDependenciesList()) {
                if (requests.containsKey(name(urn)) && found.add(name(urn))) {
                    open.add(name(urn));
                }
            }
        }
        return found;
    }

    /** The name at the end of a URN. */
    static String name(String urn) {
        return urn.substring(urn.lastIndexOf("::") + 2);
    }

    /** An input's value, without the mark of a secret. */
    static Value plain(Value value) {
        return isSecret(value) ? plain(value.getStructValue().getFieldsOrThrow("value")) : value;
    }

    static boolean isSecret(Value value) {
        return value.hasStructValue() && SECRET_SIGNATURE.equals(
                value.getStructValue().getFieldsOrDefault(SIGNATURE_KEY, Value.getDefaultInstance()).getStringValue());
    }

    /** All texts in a value that the engine isn't told to keep secret. */
    static Set<String> openTexts(Struct struct) {
        var texts = new LinkedHashSet<String>();
        struct.getFieldsMap().values().forEach(value -> collect(value, texts));
        return texts;
    }

    private static void collect(Value value, Set<String> texts) {
        if (isSecret(value)) {
            return;
        }
        Stream.of(value.getStructValue().getFieldsMap().values(), value.getListValue().getValuesList())
                .flatMap(values -> values.stream()).forEach(inner -> collect(inner, texts));
        texts.add(value.getStringValue());
    }
}
