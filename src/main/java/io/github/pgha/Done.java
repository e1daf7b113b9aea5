package io.github.pgha;

import com.pulumi.command.remote.Command;
import com.pulumi.command.remote.CommandArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.ResourceTransformation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether the engine did what a run asked for. In one that is limited by {@code --target} or {@code --exclude} it answers for
 * the rest with what the state had, as if that were what was asked for: then what a script is isn't what it should be.
 */
final class Done {
    private static final String SCRIPT = "stdin";

    private record Asked(Output<String> script, Command command) {
        Output<Boolean> done() {
            return Output.tuple(script, command.stdin()).applyValue(both -> Optional.of(both.t1).equals(both.t2)).asPlaintext();
        }
    }

    private final List<Asked> asked = new ArrayList<>();

    /** Options of a component whose commands, and those of all that it consists of, are watched. */
    ComponentResourceOptions watched(ComponentResourceOptions options) {
        return ComponentResourceOptions.merge(options,
                ComponentResourceOptions.builder().resourceTransformations(List.of(this::watch)).build());
    }

    private Optional<ResourceTransformation.Result> watch(ResourceTransformation.Args declared) {
        // A host that is left out keeps its former scripts, and the next run knows that.
        if (declared.resource() instanceof Command command && declared.args() instanceof CommandArgs args
                && !declared.options().getIgnoreChanges().contains(SCRIPT)) {
            asked.add(new Asked(args.stdin().orElseThrow(), command));
        }
        return Optional.empty();
    }

    /** Whether all scripts that were declared so far have run. */
    Output<Boolean> all() {
        return Output.all(asked.stream().map(Asked::done).toList()).applyValue(done -> !done.contains(false));
    }
}
