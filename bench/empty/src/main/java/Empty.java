/** A Pulumi program that makes nothing: what an {@code up} takes at least. */
public final class Empty {
    private Empty() {}

    /** Runs under the Pulumi engine. */
    public static void main(String[] args) {
        com.pulumi.Pulumi.run(ctx -> { });
    }
}
