package io.github.pgha;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.core.Alias;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.test.PulumiTest;
import io.muehlbachler.pulumi.proxmoxve.Provider;
import io.muehlbachler.pulumi.proxmoxve.ProviderArgs;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import pulumirpc.Resource.RegisterResourceRequest;

/** What whoever uses {@link PostgresCluster} says in its resource options. */
class ResourceOptionsTest {
    @AfterEach
    void forgetDeployment() {
        PulumiTest.cleanup();
    }

    private static Graph graph(ComponentResourceOptions.Builder options) throws IOException {
        PostgresClusterArgs args = LabConfig.dev().settings().cluster();
        var graph = Graph.of(ctx -> new PostgresCluster("shop", args, options.build()), false, Map.of());
        graph.result().throwOnError();
        return graph;
    }

    @Test
    void nothingInsideStandsAgainstProtection() throws IOException {
        var options = ComponentResourceOptions.builder();
        options.protect(true);
        var graph = graph(options);
        assertThat(graph.get("shop").getProtect()).isTrue();
        // The engine takes the parent's where a request says neither.
        assertThat(graph.all()).filteredOn(request -> request.hasProtect() && !request.getProtect())
                .extracting(RegisterResourceRequest::getName).isEmpty();
    }

    @Test
    void transformationsReachEverything() throws IOException {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        var options = ComponentResourceOptions.builder();
        options.resourceTransformations(args -> {
            seen.add(args.resource().pulumiResourceName());
            return Optional.empty();
        });
        Set<String> all = graph(options).all().stream().map(RegisterResourceRequest::getName).collect(Collectors.toSet());
        assertThat(seen).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void aFormerNameIsAnAlias() throws IOException {
        var options = ComponentResourceOptions.builder();
        options.aliases(Alias.builder().name("former").build());
        // The engine makes those of the children of it.
        assertThat(graph(options).get("shop").getAliasURNsList().toString()
                + graph(options).get("shop").getAliasesList()).contains("former");
    }

    @Test
    void theCallersProviderMakesTheMachines() throws IOException {
        PostgresClusterArgs args = LabConfig.dev().settings().cluster();
        var graph = Graph.of(ctx -> new PostgresCluster("shop", args, ComponentResourceOptions.builder()
                .providers(new Provider("mine", ProviderArgs.builder().build())).build()), false, Map.of());
        graph.result().throwOnError();
        var machines = graph.all().stream().filter(request -> request.getType().startsWith("proxmoxve:")).toList();
        assertThat(machines).isNotEmpty().allSatisfy(request ->
                assertThat(request.getProvider()).as(request.getName()).contains("::mine::"));
    }
}
