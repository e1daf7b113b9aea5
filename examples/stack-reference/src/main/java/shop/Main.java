package shop;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.deployment.Deployment;
import com.pulumi.resources.StackReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * Brings the shop's schema up to date in the database of another stack. The work is in an {@code apply}: it is done in
 * each {@code pulumi up}, and asks the database what there is to do. A preview only asks.
 */
public final class Main {
    private Main() {}

    /** Runs under the Pulumi engine. */
    public static void main(String[] args) {
        Pulumi.run(Main::stack);
    }

    static void stack(Context ctx) {
        var database = new StackReference(ctx.config().require("databaseStack"));
        boolean preview = Deployment.getInstance().isDryRun();
        Output<Result> result = Output.tuple(text(database, "primaryUri"), text(database, "replicaUri"),
                        text(database, "caCertificate"))
                .applyValue(all -> migrate(ctx, preview, all.t1, all.t2, all.t3))
                // Nothing of the URIs' passwords is in it.
                .asPlaintext();
        ctx.export("pendingMigrations", result.applyValue(Result::pending));
        ctx.export("schemaVersion", result.applyValue(Result::version));
        ctx.export("products", result.applyValue(Result::products));
    }

    /** What the stack's outputs say; in a preview with something to do, what it was before. */
    private record Result(List<String> pending, String version, List<String> products) {}

    private static Result migrate(Context ctx, boolean preview, String primaryUri, String replicaUri,
            String certificate) {
        try {
            // The driver wants a file. A certificate is no secret.
            Path authority = Files.writeString(Files.createTempFile("shop-ca-", ".pem"), certificate);
            try {
                var settings = Map.of(
                        "sslrootcert", authority.toString(), "connectTimeout", "5", "socketTimeout", "60");
                var schema = new Schema(JdbcUrl.of(primaryUri, settings));
                List<String> pending = schema.pending();
                if (preview && !pending.isEmpty()) {
                    ctx.log().info("pulumi up will run " + String.join(", ", pending));
                    return new Result(pending, "", List.of());
                }
                schema.migrate();
                return new Result(List.of(), schema.version(), schema.products(JdbcUrl.of(replicaUri, settings)));
            } finally {
                Files.delete(authority);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException("the products can't be read: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static Output<String> text(StackReference stack, String output) {
        return stack.requireOutput(Output.of(output)).applyValue(String.class::cast);
    }
}
