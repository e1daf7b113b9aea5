package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The cluster that the integration tests share: {@code make up} in a sandbox of its own name. The first test class that
 * asks for it builds it; it is taken away when the last test class has ended.
 */
final class Lab implements BeforeAllCallback {
    /** Not the one that a person works with. */
    private static final String SANDBOX = System.getProperty("pgha.it.sandbox", "test");
    static final Map<String, String> ENVIRONMENT = Map.of("PGHA_SANDBOX", SANDBOX, "PGHA_DEV_STACK", StackFile.PATH.toString());
    static final List<String> ETCD = List.of("course-etcd1", "course-etcd2", "course-etcd3");
    static final List<String> POSTGRES = List.of("course-pg1", "course-pg2", "course-pg3");
    static final List<String> HOSTS = Stream.of(ETCD, POSTGRES).flatMap(List::stream).toList();
    /** Generous: a machine that builds the toolchain too may take a quarter of an hour. */
    static final Duration LONG = Duration.ofMinutes(30);

    /** To the first node's storage, in the sandbox's state. */
    private static final String SNIPPETS = "cd \"$(dirname \"$SSL_CERT_FILE\")/../storage/local\"; ";
    private static final Duration SHORT = Duration.ofMinutes(3);

    private static String checkoutBefore;
    private static String upWhileTheFolderIsClosed;
    private static String upWhileTheAddressIsTaken;

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot().getStore(ExtensionContext.Namespace.create(Lab.class))
                .getOrComputeIfAbsent("cluster", key -> {
                    checkoutBefore = checkout();
                    StackFile.reset();
                    make("down").ok();
                    upWhileTheFolderIsClosed = whileTheFolderIsClosed(() -> make("up").failed().said());
                    upWhileTheAddressIsTaken = whileSomebodyHasTheAddress(() -> make("up").failed().said());
                    Interruption.killUpHalfWay();
                    make("up").ok();
                    return (ExtensionContext.Store.CloseableResource) () -> make("down").ok();
                });
    }

    /** As Proxmox makes the snippets' folder anew when its last file is gone: root's alone. */
    private static String whileTheFolderIsClosed(Supplier<String> then) {
        Run.of(LONG, ENVIRONMENT, List.of("./sandbox/start")).ok();
        run("sh", "-euc", SNIPPETS + "mv snippets open; mkdir -m 755 snippets").ok();
        String said = then.get();
        run("sh", "-euc", SNIPPETS + "rmdir snippets; mv open snippets").ok();
        return said;
    }

    private static String whileSomebodyHasTheAddress(Supplier<String> then) {
        Run.of(LONG, ENVIRONMENT, List.of("./sandbox/start")).ok();
        run("ip", "address", "add", "192.168.125.250/32", "dev", "vmbr0").ok();
        String said = then.get();
        run("ip", "address", "del", "192.168.125.250/32", "dev", "vmbr0").ok();
        return said;
    }

    /** What the very first {@code make up} said, while Proxmox's folder for user-data couldn't be written to. */
    static String upWhileTheFolderIsClosed() {
        return upWhileTheFolderIsClosed;
    }

    /** What the {@code make up} after it said, which was refused since somebody else had the virtual address. */
    static String upWhileTheAddressIsTaken() {
        return upWhileTheAddressIsTaken;
    }

    /** What git said of the checkout before the cluster was built. */
    static String checkoutBefore() {
        return checkoutBefore;
    }

    /** What git says of the checkout: changed and unknown files. */
    static String checkout() {
        return Run.of(SHORT, Map.of(), List.of("git", "status", "--porcelain")).ok().out();
    }

    /** Name of the sandbox. */
    static String sandbox() {
        return SANDBOX;
    }

    /** Name of the sandbox's network namespace. */
    static String namespace() {
        return "pgha-" + SANDBOX;
    }

    /** Runs a make target. */
    static Run make(String target) {
        return Run.of(LONG, ENVIRONMENT, List.of("make", "--no-print-directory", target));
    }

    /** Runs a command in the sandbox's network. */
    static Run run(String... command) {
        return Run.of(SHORT, ENVIRONMENT, concat("./sandbox/run", command));
    }

    /** Runs Pulumi on the sandbox's stack. */
    static Run pulumi(String... arguments) {
        return Run.of(LONG, ENVIRONMENT,
                concat("./sandbox/run", Stream.concat(Stream.of("pulumi"), Stream.of(arguments)).toArray(String[]::new)));
    }

    /** Demands that an {@code up} with these options would change nothing. */
    static void changesNothing(String... options) {
        pulumi(Stream.concat(Stream.of("preview", "--stack", "dev", "--expect-no-changes"), Stream.of(options))
                .toArray(String[]::new)).ok();
    }

    /** Runs a command as root on a host, without SSH. */
    static Run on(String host, String... command) {
        return Run.of(SHORT, ENVIRONMENT,
                concat("./sandbox/console", Stream.concat(Stream.of(host), Stream.of(command)).toArray(String[]::new)));
    }

    /** Runs a script as root on a host; it goes to the shell's standard input. */
    static Run script(String host, String script) {
        return Run.of(SHORT, ENVIRONMENT, List.of("./sandbox/console", host, "bash", "-s"), script);
    }

    /** Runs SQL as the application, through {@code primary} or {@code replica}; values only, one row a line. */
    static Run sql(String side, String statement) {
        return Run.of(SHORT, ENVIRONMENT,
                List.of("./sandbox/psql", side, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"), statement);
    }

    /** The stack's outputs, secrets included. */
    static JsonObject outputs() {
        return new Gson().fromJson(
                pulumi("stack", "output", "--stack", "dev", "--json", "--show-secrets").ok().out(), JsonObject.class);
    }

    /** Asks the Proxmox API; the token goes to curl on its standard input. */
    static Run api(String method, String path) {
        return run("sh", "-c", "echo \"Authorization: PVEAPIToken=$PROXMOX_VE_API_TOKEN\" | "
                + "curl -sS --fail-with-body --max-time 20 -H @- -X \"$0\" \"${PROXMOX_VE_ENDPOINT}api2/json$1\"",
                method, path);
    }

    /** Takes a machine out of Proxmox, as by a mistake there. */
    static void loseMachine(int vmId) throws InterruptedException {
        powerOff(vmId);
        api("DELETE", machine(vmId)).ok();
        await("machine " + vmId + " is gone", () -> !machines().contains("\"vmid\":" + vmId));
    }

    /** Cuts a machine's power. */
    static void powerOff(int vmId) throws InterruptedException {
        api("POST", machine(vmId) + "/status/stop").ok();
        await("machine " + vmId + " is stopped",
                () -> api("GET", machine(vmId) + "/status/current").ok().out().contains("\"status\":\"stopped\""));
    }

    /** What the API says of all machines, on whichever node. */
    static String machines() {
        return api("GET", "/cluster/resources?type=vm").ok().out();
    }

    /** Path of a machine in the API, on the node where it is. */
    static String machine(int vmId) {
        for (var machine : new Gson().fromJson(machines(), JsonObject.class).getAsJsonArray("data")) {
            if (machine.getAsJsonObject().get("vmid").getAsInt() == vmId) {
                return "/nodes/" + machine.getAsJsonObject().get("node").getAsString() + "/qemu/" + vmId;
            }
        }
        throw new AssertionError("there is no machine " + vmId);
    }

    /** Waits, for a generous time, until something is so. */
    static void await(String what, BooleanSupplier so) throws InterruptedException {
        var deadline = Instant.now().plus(SHORT);
        while (!so.getAsBoolean()) {
            assertThat(Instant.now()).as(what).isBefore(deadline);
            Thread.sleep(200);
        }
    }

    private static List<String> concat(String first, String... rest) {
        var all = new ArrayList<>(List.of(first));
        all.addAll(List.of(rest));
        return all;
    }
}
