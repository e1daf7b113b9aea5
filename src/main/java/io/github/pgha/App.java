package io.github.pgha;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.ComponentResourceOptions;
import io.github.pgha.readiness.NotReadyException;
import io.github.pgha.rules.InvalidInputException;
import io.muehlbachler.pulumi.proxmoxve.Provider;
import io.muehlbachler.pulumi.proxmoxve.ProviderArgs;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The ready program: configuration in, one cluster, outputs out. */
public final class App {
    private App() {}

    /** Runs under the Pulumi engine. */
    public static void main(String[] args) {
        SdkLog.quiet();
        Pulumi.run(ctx -> {
            SdkLog.started();
            stack(ctx);
        });
    }

    static void stack(Context ctx) {
        try {
            declare(ctx);
        } catch (InvalidInputException | NotReadyException e) {
            // Pulumi prints the message of this exception alone, and no stack trace.
            throw new RunException(e.getMessage());
        }
    }

    private static void declare(Context ctx) {
        LabSettings settings = settings(ctx);
        PostgresClusterArgs args = settings.cluster();
        var options = ComponentResourceOptions.builder();
        if (args.hosts() instanceof VirtualHosts) {
            // Endpoint, token and SSH login come from the provider's own configuration or environment.
            var provider = ProviderArgs.builder();
            NodeAddresses.provider(settings.nodeAddresses()).ifPresent(provider::ssh);
            options.providers(new Provider("proxmox", provider.build()));
        }
        var cluster = new PostgresCluster("pgha", args, FormerCluster.of(ctx), options.build());
        var source = new StackOutput.Source(ctx.stackName(), settings, args, cluster);
        for (StackOutput output : StackOutput.values()) {
            ctx.export(output.key(), output.of(source));
        }
    }

    private static LabSettings settings(Context ctx) {
        var settings = new LabSettings(ctx.config()::get, keys(ctx.projectName(), System.getenv("PULUMI_CONFIG")));
        secretKeys(ctx.projectName(), System.getenv("PULUMI_CONFIG_SECRET_KEYS")).ifPresent(settings::refusePlainSecrets);
        return settings;
    }

    /**
     * The keys that are set in a project's configuration, without the project's name.
     *
     * @param json what the engine hands to programs, which Pulumi's API gives out by known key only; null for none
     */
    static Set<String> keys(String project, String json) {
        return json == null ? Set.of() : own(project, JsonParser.parseString(json).getAsJsonObject().keySet().stream());
    }

    /**
     * The keys that are encrypted in a project's configuration, without the project's name.
     *
     * @param json what the engine hands to programs; null for nothing
     * @return empty if the engine doesn't tell
     */
    static Optional<Set<String>> secretKeys(String project, String json) {
        return Optional.ofNullable(json).map(list -> own(project,
                JsonParser.parseString(list).getAsJsonArray().asList().stream().map(JsonElement::getAsString)));
    }

    private static Set<String> own(String project, Stream<String> keys) {
        String prefix = project + ":";
        return keys.filter(key -> key.startsWith(prefix)).map(key -> key.substring(prefix.length()))
                .collect(Collectors.toSet());
    }
}
