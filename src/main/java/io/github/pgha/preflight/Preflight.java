package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Level;
import io.github.pgha.proxmox.api.ApiException;
import io.github.pgha.proxmox.api.ProxmoxApi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Looks at a Proxmox VE with a stack's token and SSH login, and says what it lacks for the stack. Nothing is changed there or
 * here. A Proxmox VE that doesn't answer costs less than 10 s.
 *
 * <p>{@code Preflight.of(wanted, System.getenv()).run()}
 */
public final class Preflight {
    private final Optional<Wanted> wanted;
    private final Map<String, String> environment;
    private final NodeShell.Opening shells;

    private Preflight(Optional<Wanted> wanted, Map<String, String> environment, NodeShell.Opening shells) {
        this.wanted = wanted;
        this.environment = environment;
        this.shells = shells;
    }

    /**
     * Looks at all that a stack needs.
     *
     * @param wanted      what it wants
     * @param environment the provider's variables; those of the fencing service and the drills if they are there
     */
    public static Preflight of(Wanted wanted, Map<String, String> environment) {
        return of(wanted, environment, login -> new Ssh(login, knownHosts(environment)));
    }

    /** The same with another way to the nodes. */
    static Preflight of(Wanted wanted, Map<String, String> environment, NodeShell.Opening shells) {
        return new Preflight(Optional.of(wanted), Map.copyOf(environment), shells);
    }

    /**
     * Looks at what can be looked at without knowing what is wanted: whether the API answers and knows the token.
     *
     * @param environment the provider's variables
     */
    public static Preflight ofEnvironment(Map<String, String> environment) {
        return new Preflight(Optional.empty(), Map.copyOf(environment), login -> new Ssh(login, knownHosts(environment)));
    }

    private static Path knownHosts(Map<String, String> environment) {
        return Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".ssh/known_hosts");
    }

    /** Whether an {@code up} can succeed with what was found. */
    public static boolean isGreen(List<Finding> findings) {
        return findings.stream().noneMatch(finding -> finding.level() == Level.FAILS);
    }

    /**
     * Looks.
     *
     * @return what was found, what comes first being what others depend on
     * @throws InterruptedException if the thread is interrupted
     * @throws IOException          if there is no place for temporary files
     */
    public List<Finding> run() throws InterruptedException, IOException {
        var findings = new ArrayList<>(EnvironmentCheck.of(environment));
        Optional<ProxmoxApi> api = api();
        if (api.isEmpty()) {
            findings.add(Finding.note("API", "not looked at, since its endpoint, token or CA isn't known"));
            return findings;
        }
        ApiCheck.Reached reached = ApiCheck.of(api.get());
        findings.add(reached.finding());
        if (!reached.answers()) {
            findings.add(Finding.note("Proxmox VE", "not looked at"));
        } else if (wanted.isPresent()) {
            findings.addAll(all(api.get(), wanted.get()));
        }
        return findings;
    }

    private Optional<ProxmoxApi> api() {
        try {
            return ProxmoxApi.of(environment);
        } catch (IllegalArgumentException e) {
            // It was said among the variables.
            return Optional.empty();
        }
    }

    private List<Finding> all(ProxmoxApi api, Wanted stack) throws InterruptedException, IOException {
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            var thread = new Thread(work, "preflight");
            thread.setDaemon(true);
            return thread;
        });
        var login = SshLogin.of(environment);
        try (NodeShell ssh = shells.of(login)) {
            Survey survey = Survey.of(api);
            Grants grants = Grants.of(api, stack);
            var checks = checks(survey, grants, stack, threads);
            if (!login.user().isEmpty() && (login.hasKey() || login.usesAgent())) {
                Optional<String> publicKey = ssh.publicKey();
                survey.online(stack).forEach(node -> checks.add(check("SSH", () ->
                        new SshCheck(survey, stack, login, ssh, publicKey).of(node))));
            }
            var found = new ArrayList<Future<List<Finding>>>();
            checks.forEach(check -> found.add(threads.submit(check)));
            var findings = new ArrayList<Finding>();
            for (Future<List<Finding>> future : found) {
                findings.addAll(future.get());
            }
            return findings;
        } catch (ApiException e) {
            return List.of(Finding.fails("Proxmox VE", "can't be looked at: " + e.getMessage()));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private List<Callable<List<Finding>>> checks(Survey survey, Grants grants, Wanted stack,
            ExecutorService threads) {
        var nodes = new NodesCheck(survey, stack);
        var others = new OtherTokens(stack, environment);
        var checks = new ArrayList<Callable<List<Finding>>>();
        checks.add(check("token", () -> new RightsCheck("token", stack, survey.api().tokenId(), survey::rights, grants)
                .of(NeededRights.ofProgram(stack), stack.machines())));
        checks.add(check("pool", () -> PoolCheck.of(survey, stack)));
        checks.add(check("nodes", nodes::nodes));
        checks.add(check("nodes", () -> ApiCheck.ofNodes(survey, stack)));
        for (String node : survey.online(stack)) {
            checks.add(check("datastores", () -> DatastoresCheck.of(survey, stack, node)));
            checks.add(check("bridge", () -> nodes.bridge(node)));
            checks.add(check("image", () -> nodes.image(node)));
        }
        checks.add(check("machines", () -> MachinesCheck.of(survey, stack, grants)));
        checks.add(check("machines", () -> UserDataCheck.of(survey, stack, grants, SshLogin.of(environment).user())));
        checks.add(check("addresses", () -> AddressesCheck.of(survey, stack, threads)));
        checks.add(check("fencing", others::fencing));
        checks.add(check("drills", () -> others.drills(survey.api())));
        return checks;
    }

    /** One whose question gets no answer says so, and the others go on. */
    private static Callable<List<Finding>> check(String name, Callable<List<Finding>> look) {
        return () -> {
            try {
                return look.call();
            } catch (ApiException e) {
                return List.of(Finding.fails(name, "couldn't be looked at: " + e.getMessage()));
            }
        };
    }
}
