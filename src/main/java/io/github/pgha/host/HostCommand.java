package io.github.pgha.host;

import com.pulumi.command.remote.Command;
import com.pulumi.command.remote.CommandArgs;
import com.pulumi.command.remote.enums.Logging;
import com.pulumi.command.remote.inputs.ConnectionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.CustomTimeouts;
import com.pulumi.resources.Resource;
import java.time.Duration;
import java.util.List;

/**
 * Runs scripts on hosts: the only user of the Command provider.
 *
 * <p>The command is constant and the script goes to its standard input. So a changed script is an update in place that
 * runs the same convergent script again, nothing of it is in an argument list, and an error message doesn't repeat it.
 */
public final class HostCommand {
    /** How long one script may take. Packages of a host come in well under five minutes on a slow line. */
    private static final Duration TIME_OUT = Duration.ofMinutes(20);

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
        var options = CustomResourceOptions.builder()
                .parent(parent)
                .dependsOn(dependsOn)
                .customTimeouts(CustomTimeouts.builder().create(TIME_OUT).update(TIME_OUT).build());
        if (secret) {
            options.additionalSecretOutputs("stdout", "stderr");
        }
        return new Command(name, CommandArgs.builder()
                .connection(connection(host))
                .create("sudo bash -s")
                .stdin(Output.tuple(host.machine(), script)
                        .applyValue(all -> onMachine(all.t1) + host.again().lines() + all.t2))
                .logging(secret ? Logging.None : Logging.Stderr)
                .addPreviousOutputInEnv(false)
                .build(), options.build());
    }

    /** A machine that is built anew at the same address, or after it was lost, shows no other change than this. */
    private static String onMachine(String machine) {
        return machine.isEmpty() ? "" : "# On the machine " + machine + "\n";
    }

    /**
     * What commands printed, together. Scripts that print something new at each run tell by it that they have run.
     *
     * @param commands their outputs must not be secret
     */
    public static Output<String> runs(List<Command> commands) {
        return Output.all(commands.stream().map(Command::stdout).toList()).applyValue(all -> String.join(" ", all));
    }

    private static Output<ConnectionArgs> connection(Host host) {
        return Output.tuple(host.privateKey(), host.hostKey()).applyValue(keys -> ConnectionArgs.builder()
                .host(host.address())
                .user(host.user())
                .privateKey(keys.t1)
                .hostKey(keys.t2)
                // A machine's first boot takes as long as it takes; the resource's time-out is the limit.
                .dialErrorLimit(-1)
                .perDialTimeout(5)
                .build());
    }
}
