package io.github.pgha.drills;

import io.github.pgha.drills.cluster.Agent;
import io.github.pgha.drills.cluster.Ssh;
import io.github.pgha.drills.inspect.Answer;
import io.github.pgha.drills.inspect.DoctorPage;
import io.github.pgha.drills.inspect.HostReport;
import io.github.pgha.drills.inspect.StatusPage;
import io.github.pgha.drills.stack.Host;
import io.github.pgha.drills.stack.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Looks at a cluster without changing anything. All that it needs is SSH to the hosts. */
@Command(name = "inspect", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "doctor|status",
        description = "Looks at a running cluster and changes nothing.",
        exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
            "0:all is well, or the page is printed", "1:something was found, or a host didn't answer", "2:bad input"})
public final class Inspect {
    private static final int WELL = 0;
    private static final int FOUND = 1;
    private static final int REFUSED = 2;
    private static final Duration LOOK = Duration.ofMinutes(3);
    private static final String DOCTOR = """
            tool=/usr/local/sbin/pgha-doctor
            [ -x "$tool" ] || { echo "there is no $tool: the next 'pulumi up' puts it there" >&2; exit 2; }
            exec "$tool" --json
            """;

    @Option(names = "--stack", paramLabel = "FILE", scope = ScopeType.INHERIT,
            description = "What 'pulumi stack output --json --show-secrets' prints; - for standard input (default)")
    private String stackFile = "-";

    private final Map<String, String> environment;
    private final InputStream input;

    Inspect(Map<String, String> environment, InputStream input) {
        this.environment = environment;
        this.input = input;
    }

    /** Runs the command. */
    public static void main(String[] args) {
        System.exit(commandLine(new Inspect(System.getenv(), System.in)).execute(args));
    }

    static CommandLine commandLine(Inspect inspect) {
        return OneSentence.of(inspect, "inspect", REFUSED);
    }

    @Command(description = "Runs pgha-doctor on all hosts: what was changed by hand, what doesn't run as it should.")
    int doctor() throws IOException {
        var page = new DoctorPage(ask(StackFile.read(stackFile, input)));
        System.out.print(page.render());
        return page.clean() ? WELL : FOUND;
    }

    @Command(description = "Prints members, lag, virtual address, balancers, etcd, certificates and fencing.")
    int status() throws IOException {
        Stack stack = StackFile.read(stackFile, input);
        List<Answer> answers = ask(stack);
        System.out.print(new StatusPage(stack.vip(), answers).render());
        return answers.stream().allMatch(answer -> answer.report().isPresent()) ? WELL : FOUND;
    }

    /** Asks all hosts at once; one answer each, in the stack's order. */
    private List<Answer> ask(Stack stack) {
        ExecutorService threads = Executors.newFixedThreadPool(stack.hosts().size());
        try (var ssh = new Ssh(stack, Agent.of(environment))) {
            List<CompletableFuture<Answer>> answers = stack.hosts().stream()
                    .map(host -> CompletableFuture.supplyAsync(() -> ask(ssh, host), threads)).toList();
            return answers.stream().map(CompletableFuture::join).toList();
        } finally {
            threads.shutdownNow();
        }
    }

    private static Answer ask(Ssh ssh, Host host) {
        try {
            Ssh.Result result = ssh.run(host, DOCTOR, LOOK);
            // 1: something is found.
            return result.exitCode() == 0 || result.exitCode() == 1 ? Answer.of(host, HostReport.parse(result.out()))
                    : Answer.none(host, host + ": pgha-doctor can't look: " + result.err());
        } catch (IOException e) {
            String why = e.getMessage();
            return Answer.none(host, why.startsWith(host.name()) ? why : host + ": " + why);
        }
    }
}
