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
        // A machine that is built anew at the same address shows no other change here.
        host.machine().ifPresent(machine -> options.replaceWith(machine));
        if (secret) {
            options.additionalSecretOutputs("stdout", "stderr");
        }
        return new Command(name, CommandArgs.builder()
                .connection(connection(host))
                .create("sudo bash -s")
                // Nothing at first, so that a later pgha has the same text for a cluster that was never repaired.
                .stdin(host.repair() == 0 ? script
                        : script.applyValue(text -> "REPAIR=" + host.repair() + "\n" + text))
                .logging(secret ? Logging.None : Logging.Stderr)
                .addPreviousOutputInEnv(false)
                .build(), options.build());
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
