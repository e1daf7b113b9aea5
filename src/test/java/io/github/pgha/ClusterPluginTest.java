package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.pulumi.provider.internal.models.ConstructRequest;
import com.pulumi.provider.internal.models.ConstructResponse;
import com.pulumi.provider.internal.models.GetSchemaRequest;
import com.pulumi.provider.internal.properties.PropertyValue;
import com.pulumi.provider.internal.properties.PropertyValue.OutputReference;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.test.PulumiTest;
import io.github.pgha.rules.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterPluginTest {
    private static final String COMPONENT = "pgha:index:PostgresCluster";

    private final ClusterPlugin plugin = new ClusterPlugin();

    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    /** Inputs as the engine hands them over, from a configuration. */
    private static Map<String, PropertyValue> inputs(LabConfig config) throws IOException {
        var schema = LabConfig.schema();
        Map<String, PropertyValue> inputs = new HashMap<>();
        config.all().forEach((name, text) -> {
            String key = name.substring(name.indexOf(':') + 1);
            inputs.put(key, schema.get(key).get("type").equals("string")
                    ? PropertyValue.of(text) : value(JsonParser.parseString(text)));
        });
        return inputs;
    }

    private static PropertyValue value(JsonElement json) {
        if (json.isJsonArray()) {
            return PropertyValue.of(json.getAsJsonArray().asList().stream().map(ClusterPluginTest::value).toList());
        }
        if (json.isJsonObject()) {
            return PropertyValue.of(json.getAsJsonObject().entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> value(entry.getValue()))));
        }
        var plain = json.getAsJsonPrimitive();
        return plain.isBoolean() ? PropertyValue.of(plain.getAsBoolean())
                : plain.isNumber() ? PropertyValue.of(plain.getAsDouble()) : PropertyValue.of(plain.getAsString());
    }

    private JsonObject component() {
        String schema = plugin.getSchema(new GetSchemaRequest(0, null, null)).join().getSchema();
        return JsonParser.parseString(schema).getAsJsonObject().getAsJsonObject("resources").getAsJsonObject(COMPONENT);
    }

    private ConstructResponse construct(Map<String, PropertyValue> inputs, AtomicReference<Graph> graph) {
        var response = new AtomicReference<CompletableFuture<ConstructResponse>>();
        graph.set(Graph.of(ctx -> response.set(plugin.construct(
                new ConstructRequest(COMPONENT, "pgha", inputs, ComponentResourceOptions.Empty))), false, Map.of()));
        graph.get().result().throwOnError();
        return response.get().join();
    }

    @Test
    void theSchemaHasTheKeysOfTheProgramWithTheirTypes() throws IOException {
        var component = component();
        var keys = LabConfig.schema();
        var inputs = component.getAsJsonObject("inputProperties");
        assertThat(inputs.keySet()).containsExactlyElementsOf(keys.keySet());
        keys.forEach((key, schema) -> {
            var input = inputs.getAsJsonObject(key);
            assertThat(input.get("type").getAsString()).as(key).isEqualTo(schema.get("type"));
            assertThat(input.get("description").getAsString()).isEqualTo(schema.get("description"));
        });
        assertThat(component.getAsJsonArray("requiredInputs").asList().stream().map(JsonElement::getAsString))
                .containsExactlyInAnyOrderElementsOf(keys.keySet().stream()
                        .filter(key -> !keys.get(key).containsKey("default")).toList());
        assertThat(inputs.get("vip")).isEqualTo(JsonParser.parseString("{type: string, description: '"
                + keys.get("vip").get("description") + "'}"));
        assertThat(inputs.getAsJsonObject("routerId").get("default").getAsInt()).isEqualTo(33);
        assertThat(inputs.getAsJsonObject("clientNetworks").get("items")).hasToString("{\"type\":\"string\"}");
    }

    @Test
    void itIsTheClusterOfTheProgram() throws IOException {
        var graph = new AtomicReference<Graph>();
        var response = construct(inputs(LabConfig.dev()), graph);
        try (var in = getClass().getResourceAsStream("resources.txt")) {
            String programs = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(graph.get().listed().lines()).containsExactlyElementsOf(programs.lines()
                    .filter(line -> !line.contains("pulumi:providers:") && !line.contains("StackReference")).toList());
        }
        assertThat(response.getUrn()).endsWith(COMPONENT + "::pgha");
        assertThat(response.getState().keySet()).containsExactlyInAnyOrderElementsOf(
                ClusterPlugin.OUTPUTS.stream().map(StackOutput::key).toList());
    }

    @Test
    void outputsAreOfTheTypesInTheSchema() throws IOException {
        var properties = component().getAsJsonObject("properties");
        var state = construct(inputs(LabConfig.dev()), new AtomicReference<>()).getState();
        assertThat(properties.keySet()).containsExactlyInAnyOrderElementsOf(state.keySet());
        var types = Map.of(PropertyValue.ValueType.STRING, "string", PropertyValue.ValueType.NUMBER, "integer",
                PropertyValue.ValueType.BOOL, "boolean", PropertyValue.ValueType.ARRAY, "array",
                PropertyValue.ValueType.OBJECT, "object");
        state.forEach((key, value) -> {
            var plain = value.getType() == PropertyValue.ValueType.SECRET ? value.getSecretValue() : value;
            assertThat(types.get(plain.getType())).as(key)
                    .isEqualTo(properties.getAsJsonObject(key).get("type").getAsString());
        });
        assertThat(state.entrySet().stream()
                .filter(entry -> entry.getValue().getType() == PropertyValue.ValueType.SECRET).map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("primaryUri", "replicaUri", "adminPrivateKey", "statsPassword");
    }

    @Test
    void whatIsLeftOutHasTheProgramsDefault() throws IOException {
        var all = inputs(LabConfig.dev());
        var few = new HashMap<>(all);
        var set = List.of(
                "etcdHosts", "postgresHosts", "balancerHosts", "vip", "clientNetworks", "gateway", "dnsServers");
        few.keySet().retainAll(set);
        few.put("vmDatastore", PropertyValue.NULL);
        var cluster = plugin.settings(few).cluster();
        assertThat(cluster.database()).isEqualTo(plugin.settings(all).cluster().database());
        assertThat(((VirtualHosts) cluster.hosts()).site().vmDatastore()).isEqualTo("local-lvm");
        assertThat(cluster.upkeep().protect()).isTrue();
    }

    @Test
    void valuesMayBeSecretOrComeFromOtherResources() throws IOException {
        var inputs = inputs(LabConfig.dev());
        inputs.compute("vip", (key, vip) -> PropertyValue.ofSecret(
                PropertyValue.of(new OutputReference(vip, Set.of("urn:pulumi:t::t::a:b:C::d")))));
        inputs.put("patroniExtra", value(JsonParser.parseString(
                "{dynamic: {primary_stop_timeout: 60, slots: {b: {}, a: {}}}}")));
        var cluster = plugin.settings(inputs).cluster();
        assertThat(cluster.frontend().vip()).isEqualTo("192.168.125.250/23");
        assertThat(cluster.database().patroniExtra().dynamic())
                .hasToString("{primary_stop_timeout=60, slots={a={}, b={}}}");
    }

    @Test
    void refusalsAreTheProgramsOwnAndMakeNothing() throws IOException {
        var inputs = inputs(LabConfig.dev());
        inputs.put("patroniTtl", PropertyValue.of(3.0));
        inputs.put("rotation", PropertyValue.of(1.5));
        inputs.put("routeId", PropertyValue.of("x"));
        var refused = plugin.construct(new ConstructRequest(COMPONENT, "pgha", inputs, ComponentResourceOptions.Empty));
        assertThatThrownBy(refused::join).hasRootCauseMessage("""
                3 inputs are refused:
                  - rotation '1.5' must be a whole number of at most 2147483647
                  - routeId is not a key of this program's configuration: the nearest one is routerId
                  - patroniTtl '3' must be at least 20 seconds""");
    }

    @Test
    void whatIsNotKnownYetIsRefused() throws IOException {
        var inputs = inputs(LabConfig.dev());
        inputs.put("vip", PropertyValue.COMPUTED);
        inputs.put("clientNetworks", PropertyValue.of(List.of(PropertyValue.of(new OutputReference(null, Set.of())))));
        assertThatThrownBy(() -> plugin.settings(inputs)).isInstanceOf(InvalidInputException.class).hasMessage("""
                2 inputs are refused:
                  - clientNetworks isn't known yet: it must be known before anything is made, \
                and comes from a resource that isn't there
                  - vip isn't known yet: it must be known before anything is made, \
                and comes from a resource that isn't there""");
    }

    @Test
    void thereIsNoOtherComponent() {
        var refused = plugin.construct(
                new ConstructRequest("pgha:index:EtcdCluster", "a", Map.of(), ComponentResourceOptions.Empty));
        assertThatThrownBy(refused::join).hasRootCauseMessage(
                "pgha:index:EtcdCluster is not a component of pgha: the only one is " + COMPONENT);
    }
}
