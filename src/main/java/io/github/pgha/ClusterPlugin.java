package io.github.pgha;

import com.pulumi.core.Output;
import com.pulumi.core.internal.Internal;
import com.pulumi.deployment.Deployment;
import com.pulumi.provider.internal.Provider;
import com.pulumi.provider.internal.ResourceProviderService;
import com.pulumi.provider.internal.models.ConstructRequest;
import com.pulumi.provider.internal.models.ConstructResponse;
import com.pulumi.provider.internal.models.GetSchemaRequest;
import com.pulumi.provider.internal.models.GetSchemaResponse;
import com.pulumi.provider.internal.properties.PropertyValue;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.StackReference;
import com.pulumi.resources.StackReferenceArgs;
import io.github.pgha.rules.Problems;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * The cluster for programs in any language of Pulumi's: a package with one component, whose inputs and outputs are
 * those of the ready program, read and judged by the same code. component/PulumiPlugin.yaml starts it.
 *
 * <p>The SDK's own host of components ({@code ComponentProviderHost} of 1.36.1) can't carry
 * {@link PostgresClusterArgs}: it fills the fields of classes that extend {@code ResourceArgs}, so it has no records, and
 * it takes a value of any type for an object without keys. So this speaks to the SDK one step below.
 */
public final class ClusterPlugin implements Provider {
    /** All but the commands that name outputs of the ready program's stack. */
    static final List<StackOutput> OUTPUTS =
            Arrays.stream(StackOutput.values()).filter(output -> output != StackOutput.HOW_TO_CONNECT).toList();

    private static final String PACKAGE = "pgha";
    private static final String COMPONENT = "pgha:index:PostgresCluster";

    private final ProgramSchema schema = ProgramSchema.load();

    ClusterPlugin() {}

    /**
     * Runs under the Pulumi engine.
     *
     * @param args options of the engine's own, and behind them its address, host and port
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        SdkLog.quiet();
        Optional<String> engine = Arrays.stream(args).flatMap(text -> Arrays.stream(text.split(" ")))
                .filter(text -> text.matches("[^-].*:\\d+")).reduce((former, last) -> last);
        if (engine.isEmpty()) {
            System.err.println("pgha: the address of Pulumi's engine is missing: Pulumi starts this plugin");
            System.exit(1);
        }
        new ResourceProviderService(engine.get(), new ClusterPlugin()).startAndBlockUntilShutdown();
    }

    @Override
    public CompletableFuture<GetSchemaResponse> getSchema(GetSchemaRequest request) {
        return CompletableFuture.completedFuture(new GetSchemaResponse(schema.ofPackage(PACKAGE, COMPONENT)));
    }

    @Override
    public CompletableFuture<ConstructResponse> construct(ConstructRequest request) {
        SdkLog.started();
        LabSettings settings;
        PostgresClusterArgs args;
        PostgresCluster cluster;
        try {
            if (!request.getType().equals(COMPONENT)) {
                throw new IllegalArgumentException("%s is not a component of pgha: the only one is %s"
                        .formatted(request.getType(), COMPONENT));
            }
            settings = settings(request.getInputs());
            args = settings.cluster();
            cluster = new PostgresCluster(request.getName(), args,
                    FormerCluster.named(args.database().clusterName(), stack(request)), request.getOptions());
        } catch (IllegalArgumentException e) {
            // Of what is thrown the SDK would show the stack trace too.
            return CompletableFuture.failedFuture(e);
        }
        var source = new StackOutput.Source("", settings, args, cluster);
        Map<String, CompletableFuture<PropertyValue>> state = new LinkedHashMap<>();
        OUTPUTS.forEach(output -> state.put(output.key(), PluginValue.of(output.of(source))));
        return CompletableFuture.allOf(state.values().toArray(CompletableFuture<?>[]::new))
                .thenCompose(all -> Internal.of(cluster.urn()).getValueNullable())
                .thenApply(urn -> {
                    Map<String, PropertyValue> outputs = new HashMap<>();
                    state.forEach((key, value) -> outputs.put(key, value.join()));
                    return new ConstructResponse(urn, outputs, new HashMap<>());
                });
    }

    /** The stack of the program that has the component, by a name that no other component has. */
    private static StackReference stack(ConstructRequest request) {
        var program = Deployment.getInstance();
        var options = CustomResourceOptions.builder();
        // Which the SDK would look for itself where it runs a program, and doesn't know in a plugin.
        request.getOptions().getParent().ifPresent(options::parent);
        return new StackReference(request.getName() + "-former", StackReferenceArgs.builder().name(Output.of(String.join("/",
                program.getOrganizationName(), program.getProjectName(), program.getStackName()))).build(), options.build());
    }

    /**
     * Reads inputs as if they were the ready program's configuration.
     *
     * @throws io.github.pgha.rules.InvalidInputException with one sentence for each that isn't known yet
     */
    LabSettings settings(Map<String, PropertyValue> inputs) {
        Map<String, String> given = new TreeMap<>();
        var problems = new Problems();
        new TreeMap<>(inputs).forEach((key, value) -> {
            try {
                PluginValue.text(value).ifPresent(text -> given.put(key, text));
            } catch (PluginValue.UnknownException e) {
                problems.add("%s isn't known yet: it must be known before anything is made, and comes from a resource "
                        + "that isn't there", key);
            }
        });
        problems.orThrow();
        return new LabSettings(key -> Optional.ofNullable(given.get(key)).or(() -> schema.preset(key)), given.keySet());
    }
}
