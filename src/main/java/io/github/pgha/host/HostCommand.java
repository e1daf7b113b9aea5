package io.github.pgha.host;

import com.pulumi.command.remote.Command;
import com.pulumi.command.remote.CommandArgs;
import com.pulumi.command.remote.enums.Logging;
import com.pulumi.command.remote.inputs.ConnectionArgs;
import com.pulumi.command.remote.inputs.ProxyConnectionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.CustomTimeouts;
import com.pulumi.resources.Resource;
import com.pulumi.resources.ResourceTransformation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Runs scripts on hosts: the only user of the Command provider.
 *
 * <p>The command is constant and the script goes to its standard input. So a changed script is an update in place that
 * runs the same convergent script again, nothing of it is in an argument list, and an error message doesn't repeat it.
 */
public final class HostCommand {
    /**
     * How long one script may take. Packages of a host come in well under five minutes on a slow line, and another run that
     * is still at work is waited for 15 minutes. The provider's time-out ends no script that runs, but its dials; the script
     * is given the limit itself, see {@code lib.sh}.
     */
    private static final Duration TIME_OUT = Duration.ofMinutes(20);

    /** How long a member may take that copies the others' data first: a terabyte at 12 MB a second. */
    private static final Duration LONG_TIME_OUT = Duration.ofHours(24);

    /** How long a host's end may take. */
    private static final Duration END_TIME_OUT = Duration.ofMinutes(5);
    private static final int DIAL_SECONDS = 5;
    /**
     * A machine's boot takes minutes on a slow Proxmox VE. The provider pauses between dials, 0.1 s at first and then longer,
     * up to 5 s: 100 failures take 7.7 minutes if each is refused at once, and 16 if nobody answers, which {@link #TIME_OUT}
     * covers. It isn't endless, because the provider retries a wrong host key and a wrong login too, and says what was wrong
     * only when it gives up.
     */
    private static final int BOOT_DIALS = 100;
    /** A machine that was reached before may be restarting: 20 failures are a minute if it answers, three if it doesn't. */
    private static final int MACHINE_DIALS = 20;
    /** A host that exists already is there, or isn't: 10 failures are 11 s if it answers, a minute if it doesn't. */
    private static final int DIALS = 10;

    private HostCommand() {}

    /**
     * Declares a script that runs on a host.
     *
     * @param name      resource name
     * @param host      where it runs
     * @param script    the text from {@link HostScript#render()}; must be a secret output if it holds one. Then the
     *                  command's output is secret too and isn't logged
     * @param secret    whether the script holds a secret
     * @param parent    the component that it belongs to
     * @param dependsOn what must be done before
     * @return the resource; its {@code stdout} is what the script printed
     */
    public static Command run(
            String name, Host host, Output<String> script, boolean secret, Resource parent, List<Resource> dependsOn) {
        return run(name, host, script, secret, MACHINE_DIALS, parent, dependsOn);
    }

    /** The same for a script without secrets that waits for a machine to boot: the first one there, or after a restart. */
    public static Command runAfterBoot(
            String name, Host host, Output<String> script, Resource parent, List<Resource> dependsOn) {
        return run(name, host, script, false, BOOT_DIALS, parent, dependsOn);
    }

    private static Command run(String name, Host host, Output<String> script, boolean secret, int dials, Resource parent,
            List<Resource> dependsOn) {
        var options = options(host, parent, dependsOn, TIME_OUT);
        if (secret) {
            options.additionalSecretOutputs("stdout", "stderr");
        }
        return new Command(name, args(host, script, dials(host, dials), TIME_OUT)
                .logging(secret ? Logging.None : Logging.Stderr)
                .build(), options.build());
    }

    /** The same for a script without secrets that may copy a whole database. The host must have been reached before. */
    public static Command runLong(String name, Host host, Output<String> script, Resource parent, List<Resource> dependsOn) {
        return new Command(name, args(host, script, dials(host, MACHINE_DIALS), LONG_TIME_OUT).logging(Logging.Stderr).build(),
                options(host, parent, dependsOn, LONG_TIME_OUT).build());
    }

    private static CustomResourceOptions.Builder options(
            Host host, Resource parent, List<Resource> dependsOn, Duration timeOut) {
        return CustomResourceOptions.builder().ignoreChanges(unchanged(host)).parent(parent).dependsOn(dependsOn)
                .customTimeouts(CustomTimeouts.builder().create(timeOut).update(timeOut).build());
    }

    /** The inputs of a host's commands that stay as they are. So a host that is left out gets what it missed when it is back. */
    private static String[] unchanged(Host host) {
        return host.leftOut() ? new String[] {"connection", "create", "stdin", "logging"} : new String[0];
    }

    private static int dials(Host host, int ofAMachine) {
        return host.machine().isPresent() ? ofAMachine : DIALS;
    }

    /**
     * Whether a command gets the script that it is declared with. In a run that is limited by {@code --target} or
     * {@code --exclude} it may keep the one that it has in the state.
     *
     * @param declared a resource of any kind
     * @return empty for what is no command, and for one of a host that is left out, which keeps its script on purpose
     */
    public static Optional<Output<Boolean>> done(ResourceTransformation.Args declared) {
        if (!(declared.resource() instanceof Command command) || !(declared.args() instanceof CommandArgs args)
                || declared.options().getIgnoreChanges().contains("stdin")) {
            return Optional.empty();
        }
        return Optional.of(Output.tuple(args.stdin().orElseThrow(), command.stdin())
                .applyValue(both -> Optional.of(both.t1).equals(both.t2)).asPlaintext());
    }

    /**
     * What commands printed, together. Scripts that print something new at each run tell by it that they have run.
     *
     * @param commands their outputs must not be secret
     */
    public static Output<String> runs(List<Command> commands) {
        // A preview doesn't know what is printed, nor, by Pulumi's SDK, by whom; but it knows the name. Otherwise what depends
        // on it would have other dependencies in an `up`, and a saved plan wouldn't hold.
        return Output.all(commands.stream().map(command -> Output.tuple(command.stdout(), command.urn())
                .applyValue(both -> both.t1)).toList()).applyValue(all -> String.join(" ", all));
    }

    /**
     * Declares a script that runs on a host that exists already, and perhaps once more when the host leaves the
     * cluster: then its first argument is {@code purge}.
     *
     * @param name   resource name
     * @param host   where it runs
     * @param script the text from {@link HostScript#render()}; without secrets
     * @param purge  whether it runs at the end, for which the host has to be there
     * @param parent the component that it belongs to
     * @return the resource; what depends on it is gone before its end comes
     */
    static Command withEnd(String name, Host host, Output<String> script, boolean purge, Resource parent) {
        var args = args(host, script, DIALS, TIME_OUT).logging(Logging.Stderr);
        if (purge) {
            args.delete(shell(host) + " purge");
        }
        return new Command(name, args.build(), CustomResourceOptions.builder()
                .parent(parent)
                .ignoreChanges(unchanged(host))
                // Else the new one's beginning would come before the old one's end.
                .deleteBeforeReplace(true)
                .customTimeouts(CustomTimeouts.builder().create(TIME_OUT).update(TIME_OUT).delete(END_TIME_OUT).build())
                .build());
    }

    private static CommandArgs.Builder args(Host host, Output<String> script, int dials, Duration limit) {
        return CommandArgs.builder()
                .connection(connection(host, dials))
                .create(shell(host))
                .stdin(Output.tuple(known(host.machine()), script).applyValue(all ->
                        all.t1.map(HostCommand::onMachine).orElse("") + host.again().lines() + limit(limit) + all.t2))
                .addPreviousOutputInEnv(false);
    }

    /** A machine that is built anew at the same address, or after it was lost, shows no other change than this. */
    private static String onMachine(String machine) {
        return "# On the machine " + machine + "\n";
    }

    private static String limit(Duration limit) {
        return "pgha_limit=" + limit.toSeconds() + "\n";
    }

    /** A host where one may log in as root may have no sudo. */
    private static String shell(Host host) {
        return host.user().equals("root") ? "bash -s" : "sudo bash -s";
    }

    private static Output<ConnectionArgs> connection(Host host, int dials) {
        return Output.tuple(known(host.privateKey()), host.hostKey(),
                        known(host.jumpHost().flatMap(JumpHost::privateKey)))
                .applyValue(keys -> {
                    var connection = ConnectionArgs.builder()
                            .host(host.address())
                            .port((double) host.port())
                            .user(host.user())
                            .hostKey(keys.t2)
                            .dialErrorLimit(dials)
                            .perDialTimeout(DIAL_SECONDS);
                    keys.t1.ifPresent(connection::privateKey);
                    host.jumpHost().ifPresent(jump -> connection.proxy(proxy(jump, keys.t3)));
                    return connection.build();
                });
    }

    private static ProxyConnectionArgs proxy(JumpHost jump, Optional<String> privateKey) {
        var proxy = ProxyConnectionArgs.builder()
                .host(jump.address())
                .port((double) jump.port())
                .user(jump.user())
                .hostKey(jump.hostKey())
                .dialErrorLimit(DIALS)
                .perDialTimeout(DIAL_SECONDS);
        privateKey.ifPresent(proxy::privateKey);
        return proxy.build();
    }

    private static Output<Optional<String>> known(Optional<Output<String>> value) {
        return value.map(output -> output.applyValue(Optional::of)).orElse(Output.of(Optional.empty()));
    }
}
