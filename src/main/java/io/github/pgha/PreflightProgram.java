package io.github.pgha;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonStreamParser;
import io.github.pgha.preflight.Finding;
import io.github.pgha.preflight.Page;
import io.github.pgha.preflight.Preflight;
import io.github.pgha.preflight.Wanted;
import io.github.pgha.rules.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code make preflight}: looks at a Proxmox VE for a stack of the ready program. On standard input it has what
 * {@code pulumi config --json --show-secrets} prints and, if there is one, what {@code pulumi stack output --json} does.
 *
 * <p>Arguments: {@code --stack NAME}, for the commands that it prints; {@code --json}. Exit codes: 0 if an {@code up} can
 * succeed, 1 if it can't, 2 for bad input.
 */
public final class PreflightProgram {
    private static final int FAILS = 1;
    private static final int REFUSED = 2;
    private static final String PROJECT = "pgha-lab:";
    /** Of the provider that Pulumi would make; the program makes its own. */
    private static final String PROVIDER = "proxmoxve:";

    private final String stack;
    private final Map<String, String> environment;

    private PreflightProgram(String stack, Map<String, String> environment) {
        this.stack = stack;
        this.environment = environment;
    }

    /** Runs the command. */
    public static void main(String[] args) throws InterruptedException {
        List<String> words = List.of(args);
        boolean json = words.contains("--json");
        int named = words.indexOf("--stack");
        String stack = named >= 0 && named + 1 < words.size() ? words.get(named + 1) : "dev";
        try {
            List<Finding> findings = new PreflightProgram(stack, System.getenv()).look(System.in);
            System.out.print(json ? Page.json(findings) : Page.render(findings));
            System.exit(Preflight.isGreen(findings) ? 0 : FAILS);
        } catch (IOException | JsonParseException e) {
            System.err.println("preflight: " + e.getMessage());
            System.exit(REFUSED);
        }
    }

    private List<Finding> look(InputStream input) throws IOException, InterruptedException {
        var documents = new JsonStreamParser(new InputStreamReader(input, StandardCharsets.UTF_8));
        if (!documents.hasNext()) {
            throw new IOException("the stack '" + stack + "' has no configuration to look at: pulumi said why");
        }
        JsonObject config = documents.next().getAsJsonObject();
        JsonObject outputs = documents.hasNext() ? documents.next().getAsJsonObject() : new JsonObject();
        return findings(stack, config, outputs, environment);
    }

    /**
     * What is found.
     *
     * @param config  by key, objects with {@code value} and {@code secret}
     * @param outputs the stack's outputs
     */
    static List<Finding> findings(String stack, JsonObject config, JsonObject outputs, Map<String, String> environment)
            throws IOException, InterruptedException {
        var values = new HashMap<String, String>();
        var encrypted = new HashSet<String>();
        config.asMap().forEach((key, entry) -> {
            JsonObject said = entry.getAsJsonObject();
            if (key.startsWith(PROJECT) && said.has("value")) {
                String name = key.substring(PROJECT.length());
                values.put(name, said.get("value").getAsString());
                if (said.has("secret") && said.get("secret").getAsBoolean()) {
                    encrypted.add(name);
                }
            }
        });
        var settings = new LabSettings(key -> Optional.ofNullable(values.get(key)), Set.copyOf(values.keySet()), environment);
        settings.refusePlainSecrets(encrypted);
        PostgresClusterArgs args;
        try {
            args = settings.cluster();
        } catch (InvalidInputException e) {
            return Stream.concat(e.problems().stream().map(problem ->
                            new Finding(Finding.Level.FAILS, "settings", problem, List.of())),
                    Preflight.ofEnvironment(environment).run().stream()).toList();
        }
        if (!(args.hosts() instanceof VirtualHosts virtual)) {
            return List.of(new Finding(Finding.Level.OK, "settings", "existing hosts need no Proxmox VE", List.of()));
        }
        var findings = new ArrayList<Finding>();
        findings.add(new Finding(Finding.Level.OK, "settings", "the configuration of '" + stack + "' breaks no rule", List.of()));
        config.keySet().stream().filter(key -> key.startsWith(PROVIDER)).forEach(key -> findings.add(new Finding(
                Finding.Level.NOTE, "settings", key + " has no effect: the program's provider reads the environment only",
                List.of())));
        findings.addAll(Preflight.of(wanted(stack, settings, args, virtual, outputs,
                fencing(values, args, environment)), environment).run());
        return findings;
    }

    private static Wanted wanted(String stack, LabSettings settings, PostgresClusterArgs args, VirtualHosts virtual,
            JsonObject outputs, Optional<Wanted.FencingAccess> fencing) {
        var machines = new ArrayList<Wanted.Machine>();
        for (int i = 0; i < virtual.etcd().size(); i++) {
            var spec = virtual.etcd().get(i);
            machines.add(new Wanted.Machine("etcdHosts[" + i + "]", spec.name(), spec.address(), spec.vmId(), spec.node(),
                    spec.diskGb(), false));
        }
        for (int i = 0; i < virtual.postgres().size(); i++) {
            var spec = virtual.postgres().get(i);
            machines.add(new Wanted.Machine("postgresHosts[" + i + "]", spec.name(), spec.address(), spec.vmId(), spec.node(),
                    spec.diskGb(), true));
        }
        var site = virtual.site();
        return new Wanted(stack, machines, site.imageUrl(), site.imageDatastore(), site.snippetDatastore(), site.vmDatastore(),
                site.bridge(), site.vlan(), site.pool(), settings.nodeAddresses(), args.frontend().vip(), fencing,
                former(outputs));
    }

    private static Optional<String> set(Map<String, String> values, String key) {
        return Optional.ofNullable(values.get(key)).map(String::strip).filter(value -> !value.isEmpty());
    }

    private static Optional<Wanted.FencingAccess> fencing(Map<String, String> values, PostgresClusterArgs args,
            Map<String, String> environment) {
        if (args.fencing().isEmpty()) {
            return Optional.empty();
        }
        var fencing = args.fencing().get();
        String token = set(values, "fencingToken").orElse(environment.getOrDefault(FencingSettings.TOKEN_VARIABLE, "").strip());
        return Optional.of(new Wanted.FencingAccess(fencing.endpoints().stream().map(URI::toString).toList(), token,
                fencing.caCertificate()));
    }

    /** Machines only: hosts that existed already have no number. */
    private static List<Wanted.Former> former(JsonObject outputs) {
        var former = new ArrayList<Wanted.Former>();
        JsonElement hosts = outputs.get(StackOutput.HOSTS.key());
        if (hosts != null && hosts.isJsonObject()) {
            hosts.getAsJsonObject().asMap().values().stream().map(JsonElement::getAsJsonObject)
                    .filter(host -> host.has("vmId")).forEach(host -> former.add(new Wanted.Former(
                            host.get("name").getAsString(), host.get("vmId").getAsInt(), host.get("node").getAsString())));
        }
        return former;
    }
}
