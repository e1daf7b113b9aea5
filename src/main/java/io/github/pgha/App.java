package io.github.pgha;

import com.google.gson.JsonParser;
import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.StackReference;
import io.github.pgha.rules.InvalidInputException;
import io.muehlbachler.pulumi.proxmoxve.Provider;
import io.muehlbachler.pulumi.proxmoxve.ProviderArgs;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/** The ready program: configuration in, one cluster, outputs out. */
public final class App {
    /** Held, since settings of a logger that nobody holds are forgotten. */
    private static final Logger SDK_LOG = Logger.getLogger("com.pulumi");
    private static final Duration TURN = Duration.ofMillis(5);
    private static final Logger DEPLOYMENT_LOG = Logger.getLogger("com.pulumi.deployment.internal.DeploymentImpl");

    private App() {}

    /** Runs under the Pulumi engine. */
    public static void main(String[] args) {
        // The SDK writes what it tells the engine to standard error as well, and Pulumi would show it twice.
        SDK_LOG.setUseParentHandlers(false);
        DEPLOYMENT_LOG.setFilter(App::calm);
        Pulumi.run(ctx -> {
            // Not before: the SDK sets the level when it starts.
            DEPLOYMENT_LOG.setLevel(Level.FINEST);
            stack(ctx);
        });
    }

    /**
     * Lets the SDK (1.36.1) pause in the loop in which it waits for all that is under way. It has no pause of its own, so that
     * it would take one core for as long as an {@code up} takes; a turn begins with this message.
     *
     * @return whether the record is to be logged: as without this filter
     */
    private static boolean calm(LogRecord record) {
        if (record.getMessage().startsWith("Remaining tasks [")) {
            LockSupport.parkNanos(TURN.toNanos());
        }
        return record.getLevel().intValue() >= Level.INFO.intValue();
    }

    static void stack(Context ctx) {
        LabSettings settings = settings(ctx);
        Optional<FormerCluster> former = former(ctx);
        PostgresClusterArgs args = configured(settings, former);
        var options = ComponentResourceOptions.builder();
        if (args.hosts() instanceof VirtualHosts) {
            // Endpoint, token and SSH login come from the provider's own configuration or environment.
            options.providers(new Provider("proxmox", ProviderArgs.builder().build()));
        }
        var cluster = new PostgresCluster("pgha", args,
                former.map(known -> known.resizes(args)).orElse(Resizes.NONE), options.build());
        var source = new StackOutput.Source(ctx.stackName(), settings, args, cluster);
        for (StackOutput output : StackOutput.values()) {
            ctx.export(output.key(), output.of(source));
        }
    }

    private static LabSettings settings(Context ctx) {
        return new LabSettings(ctx.config()::get, keys(ctx.projectName(), System.getenv("PULUMI_CONFIG")));
    }

    /** What the stack's outputs tell of the last complete {@code up}. */
    private static Optional<FormerCluster> former(Context ctx) {
        var self = new StackReference(
                String.join("/", ctx.organizationName(), ctx.projectName(), ctx.stackName()));
        return FormerCluster.of(output(self, StackOutput.CLUSTER_NAME), output(self, StackOutput.HOSTS));
    }

    private static Object output(StackReference stack, StackOutput output) {
        return stack.outputDetailsAsync(output.key()).join().getValue().orElse(null);
    }

    private static PostgresClusterArgs configured(LabSettings settings, Optional<FormerCluster> former) {
        try {
            PostgresClusterArgs args = settings.cluster();
            former.ifPresent(cluster -> cluster.check(args));
            return args;
        } catch (InvalidInputException e) {
            // Pulumi prints the message of this exception alone, and no stack trace.
            throw new RunException(e.getMessage());
        }
    }

    /**
     * The keys that are set in a project's configuration, without the project's name.
     *
     * @param json what the engine hands to programs, which Pulumi's API gives out by known key only; null for none
     */
    static Set<String> keys(String project, String json) {
        String prefix = project + ":";
        return json == null ? Set.of() : JsonParser.parseString(json).getAsJsonObject().keySet().stream()
                .filter(key -> key.startsWith(prefix))
                .map(key -> key.substring(prefix.length()))
                .collect(Collectors.toSet());
    }
}
